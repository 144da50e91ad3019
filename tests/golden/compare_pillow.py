#!/usr/bin/python3
"""Compares decoding and resizing with Pillow's: compare_pillow.py DECODE_IMAGE

Makes files of every kind in a temporary folder, reads each with the program and with Pillow, and compares the bytes:

    PNG, lossless WebP   equal: nothing in these formats leaves a choice
    JPEG, lossy WebP     at most 4 levels and 0.5 on average, for inverse transforms that round differently; where both
                         programs use the same libjpeg-turbo and libwebp, as Debian's do, the difference is 0
    resizing             equal to Image.resize(..., LANCZOS)

Pillow does not round 16 bits to 8 and does not put alpha on white by itself; there the expected values are made here.
"""
import io
import os
import struct
import subprocess
import sys
import tempfile
import zlib

import numpy as np
from PIL import Image, ImageOps

LOSSY = (4, 0.5)
EXACT = (0, 0.0)

program = sys.argv[1]
random = np.random.default_rng(7)
failures = []
worst = {"lossy": (0, 0.0)}
compared = 0


def photo(width, height, channels):
    """Slopes, edges and noise, uint8 [height][width][channels]."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for c in range(channels):
        slope = 127 + 100 * np.sin((x * (c + 1) + 2 * y) / (3.0 + width / 9)) + 40 * (((x // 3 + y // 5 + c) % 4) == 0)
        planes.append(slope + random.normal(0, 8, (height, width)))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def image(width, height, mode):
    array = photo(width, height, len(Image.new(mode, (1, 1)).getbands()))
    return Image.fromarray(array[..., 0] if mode == "L" else array, mode)


def planes(pillow_image):
    """[C][H][W] of a grey or RGB image."""
    array = np.asarray(pillow_image).astype(int)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def run(path, *arguments):
    done = subprocess.run([program, path, *map(str, arguments)], stdout=subprocess.PIPE, check=True)
    header, data = done.stdout.split(b"\n", 1)
    shape = [int(word) for word in header.split()]
    return np.frombuffer(data, np.uint8).reshape(shape).astype(int)


def compare(name, got, expected, bound):
    global compared
    compared += 1
    if got.shape != expected.shape:
        failures.append(f"{name}: shape {got.shape} in place of {expected.shape}")
        return
    difference = abs(got - expected)
    most, mean = int(difference.max()), float(difference.mean())
    if bound == LOSSY:
        worst["lossy"] = max(worst["lossy"], (most, mean))
    if most > bound[0] or mean > bound[1]:
        failures.append(f"{name}: differs by up to {most}, on average by {mean:.4f}")


def on_white(pillow_image):
    """What Pillow sees, as RGB or grey, on white."""
    if pillow_image.mode in ("1", "L"):
        return pillow_image.convert("L")
    if pillow_image.mode == "LA":
        white = Image.new("L", pillow_image.size, 255)
        white.paste(pillow_image.getchannel("L"), mask=pillow_image.getchannel("A"))
        return white
    if pillow_image.mode == "CMYK":
        return pillow_image.convert("RGB")
    with_alpha = pillow_image.convert("RGBA")
    white = Image.new("RGB", pillow_image.size, (255, 255, 255))
    white.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return white


def check_file(name, data, bound):
    """The file as the program decodes it against what Pillow shows."""
    with open(name, "wb") as file:
        file.write(data)
    compare(name, run(name), planes(on_white(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))), bound)


def encoded(pillow_image, **options):
    data = io.BytesIO()
    pillow_image.save(data, **options)
    return data.getvalue()


def png_16(array):
    """A PNG file with 16 bits a sample; array uint16 [height][width][channels]."""
    height, width, channels = array.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def check_16_bit():
    for channels in 1, 2, 3, 4:
        array = random.integers(0, 65536, (21, 34, channels), dtype=np.uint16)
        name = f"bits16-{channels}.png"
        with open(name, "wb") as file:
            file.write(png_16(array))
        rounded = (array.astype(int) + 128) // 257
        colours = 3 if channels > 2 else 1
        expected = rounded[..., :colours]
        if channels in (2, 4):
            alpha = rounded[..., -1:]
            expected = (expected * alpha + 255 * (255 - alpha) + 127) // 255
        compare(name, run(name), expected.transpose(2, 0, 1), EXACT)


def check_kinds():
    for size in (61, 43), (16, 16), (1, 9):
        tag = f"{size[0]}x{size[1]}"
        rgb, grey, rgba = image(*size, "RGB"), image(*size, "L"), image(*size, "RGBA")
        for subsampling in 0, 1, 2:
            options = {"format": "JPEG", "quality": 88, "subsampling": subsampling}
            check_file(f"rgb-{subsampling}-{tag}.jpg", encoded(rgb, **options), LOSSY)
        check_file(f"progressive-{tag}.jpg", encoded(rgb, format="JPEG", progressive=True), LOSSY)
        check_file(f"grey-{tag}.jpg", encoded(grey, format="JPEG"), LOSSY)
        check_file(f"cmyk-{tag}.jpg", encoded(image(*size, "CMYK"), format="JPEG", quality=95), LOSSY)
        check_file(f"rgb-{tag}.png", encoded(rgb, format="PNG"), EXACT)
        check_file(f"rgba-{tag}.png", encoded(rgba, format="PNG"), EXACT)
        check_file(f"grey-{tag}.png", encoded(grey, format="PNG"), EXACT)
        check_file(f"grey-alpha-{tag}.png", encoded(image(*size, "LA"), format="PNG"), EXACT)
        check_file(f"one-bit-{tag}.png", encoded(grey.convert("1"), format="PNG"), EXACT)
        for colours in 2, 4, 16, 200:
            palette = rgb.quantize(colours)
            check_file(f"palette-{colours}-{tag}.png", encoded(palette, format="PNG"), EXACT)
        transparency = bytes(range(0, 250, 7))
        check_file(f"palette-alpha-{tag}.png", encoded(palette, format="PNG", transparency=transparency), EXACT)
        check_file(f"transparent-{tag}.png", encoded(rgb, format="PNG", transparency=rgb.getpixel((0, 0))), EXACT)
        check_file(f"rgb-{tag}.webp", encoded(rgb, format="WEBP", quality=80), LOSSY)
        check_file(f"rgba-{tag}.webp", encoded(rgba, format="WEBP", quality=80), LOSSY)
        check_file(f"lossless-{tag}.webp", encoded(rgb, format="WEBP", lossless=True), EXACT)
        check_file(f"lossless-alpha-{tag}.webp", encoded(rgba, format="WEBP", lossless=True, exact=True), EXACT)


def check_orientations():
    rgb = image(23, 14, "RGB")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        for format_name, options, bound in (
            ("JPEG", {"quality": 95}, LOSSY),
            ("PNG", {}, EXACT),
            ("WEBP", {"lossless": True}, EXACT),
        ):
            data = encoded(rgb, format=format_name, exif=exif.tobytes(), **options)
            check_file(f"turned-{orientation}.{format_name.lower()}", data, bound)


def check_resizing():
    for width, height, sizes in (
        (500, 333, (64, 32, 333, 500)),
        (7, 5, (64, 5, 7, 6, 1)),
        (3000, 2000, (32,)),
        (32, 32, (64, 32, 33, 31, 16)),
        (178, 218, (64, 128)),
        (1, 1, (16,)),
        (33, 1, (9,)),
        (2, 65, (64, 3)),
    ):
        for mode in "RGB", "L":
            original = image(width, height, mode)
            name = f"{mode}-{width}x{height}.png"
            original.save(name)
            side = min(width, height)
            x, y = (width - side) // 2, (height - side) // 2
            square = original.crop((x, y, x + side, y + side))
            for size in sizes:
                for fit, source in ("resize", original), ("cover", square):
                    expected = planes(source.resize((size, size), Image.LANCZOS))
                    compare(f"{name} {fit} to {size}", run(name, size, fit), expected, EXACT)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    check_kinds()
    check_16_bit()
    check_orientations()
    check_resizing()
    os.chdir("/")
for failure in failures:
    print("FAILED:", failure)
print(f"{compared} comparisons, {len(failures)} failures; JPEG and lossy WebP differ by up to {worst['lossy'][0]}, "
      f"on average by {worst['lossy'][1]:.4f}")
sys.exit(1 if failures else 0)
