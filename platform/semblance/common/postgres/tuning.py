"""Settings of the embedded server, from the machine it runs on."""

import shutil
from pathlib import Path

import psutil

_MEBIBYTE = 1024 * 1024
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, never written


def server_options(*, durable: bool) -> list[str]:
    """Command-line options for ``postgres``."""
    memory = psutil.virtual_memory().total // _MEBIBYTE
    settings = {
        "shared_buffers": f"{min(max(memory // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 64), 512)}MB",
        "work_mem": "32MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than these short queries take
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_duration_statement": "5s",
    }
    if _shared_memory_is_small():  # containers allow 64 MB by default, too little for a parallel index build
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _shared_memory_is_small() -> bool:
    return not _SHARED_MEMORY.is_dir() or shutil.disk_usage(_SHARED_MEMORY).total < 1024 * _MEBIBYTE
