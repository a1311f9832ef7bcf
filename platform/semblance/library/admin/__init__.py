"""Collections, members and images in the admin."""

from semblance.library.admin.collections import CollectionAdmin
from semblance.library.admin.images import ImageAdmin
from semblance.library.admin.members import MembershipAdmin

__all__ = ["CollectionAdmin", "ImageAdmin", "MembershipAdmin"]
