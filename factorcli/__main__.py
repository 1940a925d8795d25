"""`python -m factorcli`, and the commands `factor` and `factorcli`."""

import atexit
import gc
import sys

# Nearly all objects of a run live to its end, those that imports make among them: to look through them after every
# 700 new ones, and once more at the end, takes a fifth of a short run.
gc.set_threshold(200_000)
atexit.register(gc.freeze)

try:
    from factorcli.cli.app import main
    from factorcli.config.environment import prefer_one_thread
except KeyboardInterrupt:  # the imports take longer than a hasty Ctrl-C
    from factorcli.cli.program import program

    sys.stderr.write(f"{program()}: Interrupted.\n")
    sys.exit(130)

prefer_one_thread()

if __name__ == "__main__":
    main()
