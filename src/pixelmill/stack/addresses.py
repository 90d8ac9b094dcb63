"""Where everything listens: the documented ports, or others where these are taken."""

from dataclasses import asdict, dataclass, replace

from pixelmill.settings import Settings
from pixelmill.stack.ports import LOOPBACK, free_port

PROMETHEUS_PORT = 9090
REDIS_EXPORTER_PORT = 9121


@dataclass(frozen=True)
class Addresses:
    """A loopback port for each process that listens on one."""

    nginx: int
    api: int
    worker: int
    cleanup_crew: int
    prometheus: int = PROMETHEUS_PORT
    redis_exporter: int = REDIS_EXPORTER_PORT

    @classmethod
    def wanted(cls, public_port: int, settings: Settings) -> "Addresses":
        """The ports as documented, or as the settings say."""
        return cls(
            nginx=public_port,
            api=settings.api.port,
            worker=settings.worker.port,
            cleanup_crew=settings.cleanup.port,
        )

    def available(self) -> "Addresses":
        """The same with every inner port that is taken replaced by a free one."""
        chosen = {"nginx": self.nginx}
        for name, port in asdict(self).items():
            if name != "nginx":
                chosen[name] = free_port(port, taken=set(chosen.values()))
        return replace(self, **chosen)

    def url(self, process: str, path: str = "") -> str:
        """The URL of a process."""
        return f"http://{LOOPBACK}:{asdict(self)[process]}{path}"

    def replaced(self, wanted: "Addresses") -> dict[str, tuple[int, int]]:
        """Which processes had to take another port: the wanted and the chosen one."""
        pairs = {name: (port, asdict(self)[name]) for name, port in asdict(wanted).items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def port_settings(addresses: Addresses) -> dict[str, str]:
    """Where the roles are to listen, as their own settings."""
    return {
        "PIXELMILL_API_PORT": str(addresses.api),
        "PIXELMILL_WORKER_PORT": str(addresses.worker),
        "PIXELMILL_CLEANUP_PORT": str(addresses.cleanup_crew),
    }
