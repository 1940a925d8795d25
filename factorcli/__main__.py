"""`python -m factorcli`, and the `factor` command."""

from factorcli.cli.app import main

if __name__ == "__main__":
    main()
