from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from game_server.errors import ConfigError
from game_server.journal import DataDirectory, bytes_used, default_directory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "8000"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_it_is_for_its_user_alone(path: Path) -> None:
    with DataDirectory.open(path) as data:
        assert mode(path) == mode(data.journals) == mode(data.recordings) == 0o700
        assert mode(path / "key") == mode(path / "lock") == 0o600


def test_one_that_others_could_read_is_closed_to_them(path: Path) -> None:
    DataDirectory.open(path).close()
    path.chmod(0o755)
    (path / "key").chmod(0o644)
    DataDirectory.open(path).close()
    assert (mode(path), mode(path / "key")) == (0o700, 0o600)


def test_the_key_is_the_same_at_each_start_and_another_in_each_directory(path: Path, tmp_path: Path) -> None:
    keys = []
    for one in (path, path, tmp_path / "other"):
        with DataDirectory.open(one) as data:
            keys.append(data.key)
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 32


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_file_that_is_no_key_is_refused(path: Path, content: bytes) -> None:
    DataDirectory.open(path).close()
    (path / "key").write_bytes(content)
    with pytest.raises(ConfigError, match=r"key is not a key of 32 bytes: remove it"):
        DataDirectory.open(path)
    (path / "key").unlink()
    DataDirectory.open(path).close()  # it was left unlocked


def test_a_second_server_is_refused_and_learns_which_process_has_it(path: Path) -> None:
    script = f"""if True:
        import sys
        from pathlib import Path
        from game_server.journal import DataDirectory
        data = DataDirectory.open(Path({str(path)!r}))
        print(flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout
        first.stdout.readline()
        with pytest.raises(ConfigError, match=rf"in use by another server \(process {first.pid}\): stop it"):
            DataDirectory.open(path)
        first.kill()
        first.wait()
    DataDirectory.open(path).close()


def test_what_is_no_directory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for path in (file, file / "below"):
        with pytest.raises(ConfigError, match=f"data directory {path} cannot be used: .*; give another with --data"):
            DataDirectory.open(path)


def test_a_directory_with_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigError, match="has other things in it: give one that is new or empty"):
        DataDirectory.open(tmp_path)
    assert mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_directory_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    DataDirectory.open(path).close()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(ConfigError, match="belongs to another user"):
        DataDirectory.open(path)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("/var/state", "/var/state/game-server/8000"),
        ("", "~/.local/state/game-server/8000"),
        ("relative/paths/are/ignored", "~/.local/state/game-server/8000"),
    ],
)
def test_the_default_follows_the_xdg_rules(state: str, expected: str) -> None:
    assert default_directory(8000, {"XDG_STATE_HOME": state}) == Path(expected).expanduser()


def test_a_service_keeps_its_data_where_systemd_says() -> None:
    assert default_directory(8000, {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}) == Path("/var/lib/a/8000")


def test_what_is_used_is_counted_in_all_files(path: Path) -> None:
    with DataDirectory.open(path) as data:
        before = bytes_used(path)
        (data.recordings / "one").write_bytes(bytes(100_000))
        assert 100_000 <= bytes_used(path) - before <= 110_000
    assert bytes_used(path / "missing") == 0


def test_the_number_of_the_process_replaces_a_longer_one(path: Path) -> None:
    DataDirectory.open(path).close()
    (path / "lock").write_text("12345678901234\n")
    with DataDirectory.open(path):
        assert (path / "lock").read_text() == f"{os.getpid()}\n"


def test_half_a_key_of_a_server_that_was_killed_is_no_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synchronised: list[int] = []

    def killed(descriptor: int) -> None:
        synchronised.append(os.fstat(descriptor).st_size)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            DataDirectory.open(path)
    assert synchronised == [32]  # all of it
    assert not (path / "key").exists()
    with DataDirectory.open(path) as data:  # it was left unlocked
        assert data.key == (path / "key").read_bytes()
    assert sorted(it.name for it in path.iterdir()) == ["failed", "journals", "key", "lock", "recordings"]


def test_a_second_close_does_not_unlock_what_another_server_has(path: Path) -> None:
    data = DataDirectory.open(path)
    data.close()
    with DataDirectory.open(path):
        data.close()
        with pytest.raises(ConfigError, match="in use by another server"):
            DataDirectory.open(path)


def test_without_a_home_directory_a_place_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(ConfigError, match="there is no home directory to keep data in: give --data, or --no-data"):
        default_directory(8000, {})


def test_what_one_file_takes_is_counted_too_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(bytes(100_000))
    assert 100_000 <= bytes_used(tmp_path / "one") <= 110_000
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "one")
    assert bytes_used(tmp_path / "folder") < 10_000
