"""Real objects for tests, made through the domain wherever a rule is involved."""

from collections.abc import Callable
from io import BytesIO
from itertools import count
from typing import Any, TypeAlias

import numpy as np
from PIL import Image as Picture

from semblance.accounts.models import User
from semblance.library.domain.collections import create_collection
from semblance.library.domain.images import store_image
from semblance.library.models import Collection, Image

_seeds = count(1)

Work: TypeAlias = Callable[[], int]
"""What the fixture `run_jobs` is: works off the queue and tells how many jobs there were."""


def picture(
    seed: int | None = None, *, size: tuple[int, int] = (48, 32), hue: int | None = None, form: str = "PNG"
) -> bytes:
    """Return the bytes of a picture: one main color and some noise, another one for every seed."""
    generator = np.random.default_rng(next(_seeds) if seed is None else seed)
    main = generator.integers(0, 256) if hue is None else hue
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    pixels[..., 0] = main
    pixels[..., 1:] = 200
    noise = generator.integers(0, 25, pixels.shape)
    stream = BytesIO()
    hsv = Picture.fromarray((pixels - noise * (pixels > 25)).astype(np.uint8), "HSV")
    hsv.convert("RGB").save(stream, form)
    return stream.getvalue()


def make_user(username: str = "", **values: Any) -> User:
    """Make a person called user1, user2, … unless told otherwise; the password is the name."""
    username = username or f"user{next(_seeds)}"
    values = {"email": f"{username}@example.org", "password": username} | values
    return User.objects.create_user(username, **values)


def make_collection(owner: User | None = None, **values: Any) -> Collection:
    """Make a collection indexed by color histograms, which need no weights."""
    values.setdefault("name", f"Collection {next(_seeds)}")
    values.setdefault("extractors", {"color-histogram": 1.0})
    return create_collection(owner=owner or make_user(), **values)


def make_image(collection: Collection, *, seed: int | None = None, hue: int | None = None, **values: Any) -> Image:
    """Store a picture in a collection."""
    number = next(_seeds) if seed is None else seed
    values.setdefault("filename", f"picture-{number}.png")
    return store_image(collection=collection, data=picture(number, hue=hue), user=collection.owner, **values).image
