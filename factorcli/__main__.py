"""`python -m factorcli`, and the commands `factor` and `factorcli`."""

import gc

# Most objects of a run live to its end, and so do all that imports make: looking through them after every 700 new ones
# takes a tenth of a short run.
gc.set_threshold(50_000)

from factorcli.cli.app import main  # noqa: E402

if __name__ == "__main__":
    main()
