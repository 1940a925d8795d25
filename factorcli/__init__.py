"""factorcli: factor exposures of Indian stocks, from the command line."""


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  (30 ms, which `--help` must not spend)

        return version("factorcli")
    raise AttributeError(f"module 'factorcli' has no attribute {name!r}")
