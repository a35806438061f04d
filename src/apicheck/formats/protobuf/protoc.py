"""protoc, the reference compiler, asked to parse: in a child process, with its hands tied.

protoc is C++ that reads hostile text. It runs as a child that imports nothing but protoc itself, in
a folder of its own with copies of the files it may see, under limits of time and memory; plug-ins
are never named, and a crash of the child is an error and no crash of ours.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck.errors import MissingExtra, ParseError, SourceError
from apicheck.model import Span

if TYPE_CHECKING:
    from apicheck.formats.protobuf.imports import Layout

__all__ = ["column_of", "descriptors", "shipped"]

#: Seconds that protoc may take (the largest files known take a tenth of one).
SECONDS = 60
#: Bytes of memory that the child may take.
MEMORY = 2 * 2**30
#: Bytes of descriptors that are read.
MAX_OUTPUT = 256 * 2**20

_CHILD = """
import sys
try:
    import resource
    for kind, most in ((resource.RLIMIT_CPU, {seconds}), (resource.RLIMIT_AS, {memory}),
                       (resource.RLIMIT_FSIZE, {output}), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            pass
except ImportError:
    pass
sys.path.insert(0, sys.argv[1])
from grpc_tools import _protoc_compiler
sys.exit(_protoc_compiler.run_main([each.encode() for each in ["protoc", *sys.argv[2:]]]))
"""
_ERROR = re.compile(r"(?P<file>[^\n]+?):(?P<line>\d+):(?P<column>\d+): (?P<text>.*)")
_ERROR_OF_FILE = re.compile(r"(?P<file>[^\n:]+\.proto): (?P<text>.*)")


def shipped(source: str) -> Path:
    """The folder of the files that come with protoc; MissingExtra if it is not installed."""
    try:
        importlib.import_module("google.protobuf")
        tools = importlib.import_module("grpc_tools")
    except ImportError:
        raise MissingExtra("reading .proto files needs protoc", source, "protobuf") from None
    return Path(str(tools.__file__)).parent / "_proto"


def descriptors(layout: Layout, source: str) -> Any:
    """The FileDescriptorSet of the contract's files and all imports, with source positions.

    ParseError with protoc's own words, line and column, where it refuses; SourceError where it
    takes too long or dies.
    """
    import tempfile

    include = shipped(source)
    with tempfile.TemporaryDirectory(prefix="apicheck-") as folder:
        top = Path(folder, "files")
        for file in layout.files.values():
            if file.text is not None:
                path = top / file.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.text)
        output = Path(folder, "descriptors")
        arguments = Path(folder, "arguments")
        # One argument per line (protoc reads @FILE): a command line has its limits.
        arguments.write_text(
            "\n".join(
                [
                    f"-I{top}",
                    f"-I{include}",
                    "--include_imports",
                    "--include_source_info",
                    "--experimental_editions",
                    f"--descriptor_set_out={output}",
                    *layout.own,
                ]
            ),
            encoding="utf-8",
        )
        words = _run(include.parent.parent, [f"@{arguments}"], folder, source)
        # Names as imports have them, whichever way protoc writes them.
        words = words.replace(f"{top}/", "").replace(f"{include}/", "")
        if not output.is_file():
            raise _refused(words, layout, source)
        if output.stat().st_size > MAX_OUTPUT:
            raise SourceError(source, "is too large once parsed", "name fewer files")
        from google.protobuf import descriptor_pb2

        return descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes())


def _run(site: Path, arguments: list[str], folder: str, source: str) -> str:
    import subprocess
    import sys

    program = _CHILD.format(seconds=SECONDS, memory=MEMORY, output=MAX_OUTPUT)
    with subprocess.Popen(  # noqa: S603 - our own interpreter, a list, no shell
        [sys.executable, "-I", "-S", "-c", program, str(site), *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        # Needed next, and loaded while protoc is at work.
        importlib.import_module("google.protobuf.descriptor_pb2")
        try:
            _, words = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise SourceError(source, f"keeps protoc busy for over {SECONDS} seconds") from None
        finally:
            child.kill()
    if child.returncode < 0:
        raise SourceError(source, f"makes protoc end with signal {-child.returncode}")
    return words[: 2**20].decode("utf-8", "replace")


def _refused(words: str, layout: Layout, source: str) -> Exception:
    """The first error that protoc tells of; it goes on after most."""
    for line in words.splitlines():
        match = _ERROR.match(line)
        if match is not None and match["file"] in layout.files and "warning:" not in match["text"]:
            file = layout.files[match["file"]]
            number, column = int(match["line"]), int(match["column"])
            text = (file.text or b"").decode("utf-8", "replace").splitlines()
            excerpt = text[number - 1] if 0 < number <= len(text) else ""
            column = column_of(excerpt, column - 1) + 1
            return ParseError(
                file.source,
                match["text"],
                span=Span(
                    source=file.source,
                    line=number,
                    column=column,
                    end_line=number,
                    end_column=column + 1,
                ),
                excerpt=excerpt,
            )
    for line in words.splitlines():
        match = _ERROR_OF_FILE.match(line)
        if match is not None and match["file"] in layout.files:
            return ParseError(layout.files[match["file"]].source, match["text"])
    last = words.strip().splitlines()
    return ParseError(source, last[-1] if last else "protoc refuses the file without a word")


def column_of(line: str, column: int) -> int:
    """The index of a character from protoc's column, which counts bytes and stops of 8 for tabs."""
    at = 0
    for index, character in enumerate(line):
        if at >= column:
            return index
        at = at + 8 - at % 8 if character == "\t" else at + len(character.encode())
    return min(column, len(line))
