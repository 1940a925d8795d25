"""factorcli: what Indian stocks are exposed to, from the command line."""


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  (costs 30 ms that `--help` must not pay)

        return version("factorcli")
    raise AttributeError(f"module 'factorcli' has no attribute {name!r}")
