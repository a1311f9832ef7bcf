"""Real objects for tests, made through the domain wherever a rule is involved."""

from io import BytesIO
from itertools import count
from typing import Any

import factory
import numpy as np
from PIL import Image as Picture

from semblance.accounts.models import User
from semblance.library.domain.collections import create_collection
from semblance.library.domain.images import store_image
from semblance.library.models import Collection, Image

_seeds = count(1)


def picture(seed: int | None = None, *, size: tuple[int, int] = (48, 32), hue: int | None = None, form: str = "PNG") -> bytes:
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


class UserFactory(factory.django.DjangoModelFactory[User]):
    """People called user1, user2, …; the password is their name."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        kwargs.setdefault("password", kwargs["username"])
        return model_class.objects.create_user(*args, **kwargs)


def make_collection(owner: User | None = None, **values: Any) -> Collection:
    """Make a collection indexed by color histograms, which need no weights."""
    values.setdefault("name", f"Collection {next(_seeds)}")
    values.setdefault("extractors", {"color-histogram": 1.0})
    return create_collection(owner=owner or UserFactory(), **values)


def make_image(collection: Collection, *, seed: int | None = None, hue: int | None = None, **values: Any) -> Image:
    """Store a picture in a collection."""
    number = next(_seeds) if seed is None else seed
    values.setdefault("filename", f"picture-{number}.png")
    return store_image(
        collection=collection, data=picture(number, hue=hue), user=collection.owner, **values
    ).image
