"""`python -m factorcli`, and the commands `factor` and `factorcli`."""

import atexit
import gc

# Nearly all objects of a run live to its end, those that imports make among them: to look through them after every
# 700 new ones, and once more at the end, takes a fifth of a short run.
gc.set_threshold(200_000)
atexit.register(gc.freeze)

from factorcli.cli.app import main  # noqa: E402

if __name__ == "__main__":
    main()
