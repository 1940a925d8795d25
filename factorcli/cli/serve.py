"""`factor serve`."""

from typing import Annotated

import typer

from factorcli.cli.hints import explained
from factorcli.cli.messages import say
from factorcli.cli.options import Origin, spread
from factorcli.errors import FactorError


@spread
def serve(
    origin: Origin,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on; default HOST or 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            "-p",
            metavar="PORT",
            min=0,
            max=65535,
            help="Port to listen on, 0 for a free one; default PORT or 8000.",
        ),
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Restart when the code changes.")] = False,
) -> None:
    """Serve the same answers as JSON over HTTP, until Ctrl-C or SIGTERM."""
    from factorcli.compose import build_context
    from factorcli.config.environment import export, load_settings
    from factorcli.serve import create_app, server
    from factorcli.serve.logs import configure

    try:
        settings = load_settings(source=origin.source, model=origin.model, host=host, port=port)
        context = build_context(settings, lasting=True, warn=say, explain=explained)
        app = create_app(context, settings)
        configure(settings.log_level)
        if reload:
            export(FACTOR_SOURCE=origin.source, FACTOR_MODEL=origin.model)
            server.reload(settings, say)
        else:
            server.run(app, settings, say)
    except FactorError as error:
        say(str(error))
        raise typer.Exit(error.exit_code) from None
