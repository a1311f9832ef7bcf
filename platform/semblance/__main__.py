"""``python -m semblance`` is the ``semblance`` script."""

from semblance.cli import main

if __name__ == "__main__":
    main()
