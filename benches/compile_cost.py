"""What the types cost to compile: `python3 benches/compile_cost.py [--runs 3] [--peers]`.

Builds the crate without types, with one line and with all, and programs that touch three resources, by turns in a folder of their own, after what they depend on was built. Prints CPU
seconds of all processes and the most memory that one of them had. `--peers` measures the crates `netbox` and `thanix_client`, too: that takes minutes and 16 GB.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = re.findall(r'^(v4_\d+) = \["typed"\]$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
NEWEST = LINES[-1]
COMMANDS = {"check": ["check"], "build": ["build"], "release": ["build", "--release"]}

EMPTY = "fn main() {}\n"

PLAIN = """
use netbox_sdk::{Api, Result, json};

fn main() -> Result<()> {
    let nb = Api::from_env()?;
    for device in nb.dcim().devices().filter([("site", "lon"), ("status", "active")]) {
        let device = device?;
        println!("{device} in {}: {}", device.str("site.name").unwrap_or_default(), device.str("serial").unwrap_or_default());
    }
    let mut site = nb.dcim().sites().create(json!({"name": "Berlin", "slug": "ber"}))?;
    site.set("facility", "Hall 2");
    site.save()?;
    for prefix in nb.ipam().prefixes().filter([("within", "10.0.0.0/8")]) {
        println!("{}", prefix?);
    }
    Ok(())
}
"""

TYPED = f"""
use netbox_sdk::Result;
use netbox_sdk::typed::{NEWEST} as nbt;

fn main() -> Result<()> {{
    let nb = nbt::Api::from_env()?;
    for device in nb.dcim().devices().filter(nbt::DeviceFilter::new().site("lon").status(nbt::DeviceStatus::Active)) {{
        let device = device?;
        println!("{{}} in {{}}: {{}}", device.display, device.site.name, device.serial);
    }}
    let sites = nb.dcim().sites();
    let site = sites.create(&nbt::SiteRequest::new("Berlin", "ber"))?;
    let mut edited = site.clone();
    edited.facility = "Hall 2".to_owned();
    sites.save(&site, &edited)?;
    for prefix in nb.ipam().prefixes().filter(nbt::PrefixFilter::new().within("10.0.0.0/8")) {{
        println!("{{:?}}", prefix?);
    }}
    Ok(())
}}
"""


class Program:
    """A package that depends on one crate."""

    def __init__(self, folder, name, dependency, main):
        self.folder = folder / name
        self.package = re.match(r"[\w-]+", dependency)[0]
        (self.folder / "src").mkdir(parents=True, exist_ok=True)
        (self.folder / "src/main.rs").write_text(main)
        (self.folder / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n{dependency}\n\n[profile.release]\nstrip = true\n'
        )
        shutil.copy(ROOT / "Cargo.lock", self.folder)

    def cargo(self, *arguments):
        """CPU seconds, and the megabytes that the largest process had."""
        # A program's dependencies are compiled so, too.
        environment = {**os.environ, "CARGO_INCREMENTAL": "0", "CARGO_TARGET_DIR": str(self.folder.parent / "target")}
        process = subprocess.Popen(["cargo", *arguments, "--quiet"], cwd=self.folder, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            sys.exit(f"cargo {' '.join(arguments)} failed in {self.folder}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

    def size(self):
        """Megabytes of the program."""
        return (self.folder.parent / "target/release" / self.folder.name).stat().st_size / 1e6


def netbox_sdk(folder, features):
    path = folder / "netbox-sdk"
    path.mkdir(exist_ok=True)
    for name in ("Cargo.toml", "README.md", "benches", "examples", "src", "tests"):
        if not (path / name).exists():
            (shutil.copytree if name == "src" else os.symlink)(ROOT / name, path / name)
    return f'netbox-sdk = {{ path = "../netbox-sdk", features = {str(features).replace(chr(39), chr(34))} }}'


def row(name, *cells):
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def measure_crate(folder, runs):
    variants = {"none": [], "one": [NEWEST], "all": LINES}
    programs = {name: Program(folder, f"crate-{name}", netbox_sdk(folder, features), EMPTY) for name, features in variants.items()}
    measured = {}
    for number in range(runs + 1):
        for command, arguments in COMMANDS.items():
            for name, program in programs.items():
                (folder / "netbox-sdk/src/lib.rs").touch()
                figures = program.cargo(*arguments, "-p", "netbox-sdk")
                # The first one builds the dependencies.
                if number > 0:
                    measured.setdefault((name, command), []).append(figures)
    median = lambda name, command, at: statistics.median(figures[at] for figures in measured[name, command])
    print("\n| the crate | check | build | build --release | memory of rustc: check / build / release |\n| --- | --- | --- | --- | --- |")
    titles = {"none": "without types", "one": f"one line ({NEWEST})", "all": f"{len(LINES)} lines"}
    for name, title in titles.items():
        base = lambda command: 0 if name == "none" else median("none", command, 0)
        sign = "" if name == "none" else "+"
        memory = " / ".join(f"{max(figures[1] for figures in measured[name, command]):.0f}" for command in COMMANDS)
        row(title, *(f"{sign}{median(name, command, 0) - base(command):.2f} s" for command in COMMANDS), f"{memory} MB")


def measure_programs(folder, runs):
    programs = {
        "without types": Program(folder, "program-plain", netbox_sdk(folder, []), PLAIN),
        f"with {NEWEST}": Program(folder, "program-typed", netbox_sdk(folder, [NEWEST]), TYPED),
    }
    measured = {}
    for number in range(runs + 1):
        for command, arguments in COMMANDS.items():
            for name, program in programs.items():
                (program.folder / "src/main.rs").touch()
                figures = program.cargo(*arguments)
                if number > 0:
                    measured.setdefault((name, command), []).append(figures[0])
    print("\n| a program with three resources | check | build | build --release | size, stripped |\n| --- | --- | --- | --- | --- |")
    for name, program in programs.items():
        row(name, *(f"{statistics.median(measured[name, command]):.2f} s" for command in COMMANDS), f"{program.size():.2f} MB")


def measure_peers(folder):
    print("\n| another crate | check | build | build --release | memory of rustc: check / build / release |\n| --- | --- | --- | --- | --- |")
    for name, version in (("thanix_client", "2.5"), ("netbox", "0.11")):
        program = Program(folder, f"peer-{name}", f'{name} = "{version}"', EMPTY)
        figures = []
        for arguments in COMMANDS.values():
            program.cargo(*arguments)
            program.cargo("clean", "-p", name, *arguments[1:])
            figures.append(program.cargo(*arguments))
        row(f"{name} {version}", *(f"{seconds:.1f} s" for seconds, _ in figures), " / ".join(f"{memory:.0f}" for _, memory in figures) + " MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="how often each is built")
    parser.add_argument("--peers", action="store_true", help="measure the peers as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure_crate(Path(folder), arguments.runs)
        measure_programs(Path(folder), arguments.runs)
        if arguments.peers:
            measure_peers(Path(folder))


if __name__ == "__main__":
    main()
