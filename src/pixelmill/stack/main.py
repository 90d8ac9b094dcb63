"""`pixelmill up`: every server and role on this machine, in the foreground.

It prints one line with the address when everything is ready, one for each inner port that was replaced, and later one
whenever something was restarted. It ends with exit code 0 when it is told to stop, and otherwise with one sentence on
standard error and a code of `pixelmill.stack.failures`.
"""

import os
from contextlib import ExitStack, suppress
from pathlib import Path

from pixelmill.settings import Settings, SettingsError
from pixelmill.stack.addresses import Addresses
from pixelmill.stack.console import say
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import SettingsRefused
from pixelmill.stack.interrupts import Interrupts, StopRequested
from pixelmill.stack.opening import explained, open_data_dir
from pixelmill.stack.plan import Plan, embedded_engines, make_plan
from pixelmill.stack.ports import EVERYWHERE, LOOPBACK, port_turn, require_free
from pixelmill.stack.startup import await_ports, start_in_order
from pixelmill.stack.supervisor import Supervisor
from pixelmill.stack.watch import watch
from pixelmill.store.opening import folder_of

PRIVATE_UMASK = 0o077
"""Everything that is made is for this user alone: images, logs, secrets."""


def up(port: int, data_dir: Path, *, is_public: bool) -> None:
    """Run the stack until Ctrl-C, SIGTERM or SIGHUP.

    Servers that REDIS_URL or DATABASE_URL name are used instead of the embedded ones.

    Args:
        port: The public port.
        data_dir: Where everything is kept; made if it is not there.
        is_public: Whether nginx listens on every address of the machine, not on loopback alone.

    Raises:
        StartError: It does not start, or cannot go on; nothing is left running.
    """
    os.umask(PRIVATE_UMASK)
    interrupts = Interrupts()
    settings = _settings(EVERYWHERE if is_public else LOOPBACK)
    engines = embedded_engines()
    require_free(port)
    with suppress(StopRequested), open_data_dir(data_dir, interrupts) as data:
        with explained(data.root):
            data.claim(engines)
        _run(port, settings, data, interrupts, is_public=is_public)


def _settings(host: str) -> Settings:
    try:
        settings = Settings.from_environment()
        settings.api.require_access(host)
        folder_of(settings.store)
    except SettingsError as error:
        raise SettingsRefused(str(error)) from error
    return settings


def _run(port: int, settings: Settings, data: DataDir, interrupts: Interrupts, *, is_public: bool) -> None:
    with ExitStack() as running:
        with port_turn(interrupts):
            require_free(port)
            wanted = Addresses.wanted(port, settings)
            with explained(data.root):
                plan = make_plan(data, settings, wanted.available(), is_public=is_public)
            supervisor = running.enter_context(Supervisor(data, plan.processes, plan.environment))
            start_in_order(plan, data, supervisor, interrupts)
            supervisor.start(*plan.observers)  # before `up` says it is ready: nobody then stops what is just starting
            _announce(plan, wanted, data)
            known = supervisor.states()
            await_ports(plan.observers, plan.addresses, interrupts)
        watch(known, supervisor, data, interrupts)


def _announce(plan: Plan, wanted: Addresses, data: DataDir) -> None:
    addresses = plan.addresses
    metrics = [f"{role.name} {addresses.url(role.name, '/metrics')}" for role in plan.roles]
    watchers = [f"{observer.name} {addresses.url(observer.name)}" for observer in plan.observers]
    say(f"Pixelmill is ready at {addresses.url('nginx', '/')} - metrics: {', '.join([*metrics, *watchers])}")
    for name, (port, chosen) in addresses.replaced(wanted).items():
        if name in {process.name for process in plan.processes}:
            say(f"Port {port} is taken: {name} listens on {chosen}.")
    say(f"Logs are in {data.logs}; Ctrl-C stops everything.")
