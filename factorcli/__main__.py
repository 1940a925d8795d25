"""`python -m factorcli`, and the commands `factor` and `factorcli`."""

from factorcli.cli.app import main

if __name__ == "__main__":
    main()
