"""Pictures for people to drop: warm and cold ones that look alike among themselves, a broken one and one twice."""

from pathlib import Path

from tests.factories import picture

WARM, COLD = 10, 150


def write_pictures(folder: Path) -> list[Path]:
    """Write 20 files: 9 warm and 9 cold pictures, one that is damaged and one that is there twice."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [write(folder / f"warm-{n}.png", hue=WARM + n, seed=n) for n in range(9)]
    files += [write(folder / f"cold-{n}.png", hue=COLD + n, seed=100 + n) for n in range(9)]
    broken, again = folder / "broken.png", folder / "warm-0-again.png"
    broken.write_bytes(files[0].read_bytes()[:60])
    again.write_bytes(files[0].read_bytes())
    return [*files, broken, again]


def write(path: Path, *, hue: int, seed: int) -> Path:
    path.write_bytes(picture(seed, hue=hue, size=(240, 180)))
    return path
