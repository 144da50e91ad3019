#!/usr/bin/python3
"""Small image sets in every format that ggcn_data imports, and damaged ones: make_image_sets.py FOLDER

Everything is drawn by formulas. FOLDER gets
  folder/   nested classes, JPEG, PNG and WebP of several sizes and kinds, two pairs of equal images
  even/     20x24 colour PNG files in two classes
  tiny/     Tiny ImageNet's layout; two classes have the same first term in words.txt
  celeba/   img_align_celeba/ and list_attr_celeba.txt
  lsun/     files for make_lmdb
  bad/      NAME/ with good images and a bad one, b.*, in the middle
"""
import os
import struct
import sys
import zlib

from PIL import Image

root = sys.argv[1]


def draw(number, width, height):
    """A slope with a disc, different for each number."""
    image = Image.new("RGB", (width, height))
    x0, y0, radius = 3 + number * 5 % (width - 5), 3 + number * 3 % (height - 5), 3 + number % 4
    for y in range(height):
        for x in range(width):
            inside = (x - x0) ** 2 + (y - y0) ** 2 <= radius**2
            slope = (40 + 7 * x + number) % 256, (90 + 5 * y) % 256, (30 + 3 * (x + y)) % 256
            image.putpixel((x, y), (255 - number, number * 37 % 256, 20) if inside else slope)
    return image


def save(image, *parts, **options):
    path = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image.save(path, **options)


def write(content, *parts):
    path = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(content)


def read(*parts):
    with open(os.path.join(root, *parts), "rb") as stream:
        return stream.read()


def make_folder():
    for i in range(30):
        image = draw(i, 24 + 7 * i % 19, 20 + 5 * i % 23)
        name = f"{i:02d}"
        category = ["cat", "dog", "a/abbey", "a/airfield"][i % 4]
        if i % 5 == 0:
            save(image, "folder", category, name + ".png")
        elif i % 5 == 1:
            save(image, "folder", category, name + ".webp", lossless=True)
        elif i % 5 == 2:
            save(image.convert("L"), "folder", category, name + ".jpg", quality=95)
        elif i % 5 == 3:
            save(image.quantize(16), "folder", category, name + ".PNG")
        else:
            save(image, "folder", category, name + ".jpeg")
    write(read("folder", "cat", "00.png"), "folder", "cat", "copy.png")
    write(read("folder", "a", "airfield", "03.PNG"), "folder", "dog", "copy.png")  # another class
    write(b"no image", "folder", "readme.txt")


def make_even():
    for i in range(12):
        save(draw(i, 24, 20), "even", "red" if i % 3 else "blue", f"{i:02d}.png")


def make_tiny():
    wnids = ["n00000003", "n00000001", "n00000002"]
    write("\n".join(wnids).encode() + b"\n", "tiny", "wnids.txt")
    write(b"n00000001\tcrane, a bird\nn00000002\tcrane, a machine\nn00000003\tfrog\n", "tiny", "words.txt")
    for c, wnid in enumerate(wnids):
        for i in range(6):
            save(draw(10 * c + i, 32, 32), "tiny", "train", wnid, "images", f"{wnid}_{i}.JPEG")
    lines = ""
    for i in range(9):
        save(draw(50 + i, 32, 32), "tiny", "val", "images", f"val_{i}.JPEG")
        lines += f"val_{i}.JPEG\t{wnids[i * 2 % 3]}\t0\t0\t9\t9\n"
    write(lines.encode(), "tiny", "val", "val_annotations.txt")


def make_celeba():
    lines = "15\nSmiling Male Young\n"
    for i in range(15):
        save(draw(i, 30, 38), "celeba", "img_align_celeba", f"{i + 1:06d}.jpg")
        lines += f"{i + 1:06d}.jpg  {1 if i % 2 else -1} {1 if i % 3 else -1} -1\n"
    write(lines.encode(), "celeba", "list_attr_celeba.txt")


def make_lsun():
    for i in range(11):
        kind = ["webp", "jpg", "png"][i % 3]
        save(draw(i, 40 + i, 33), "lsun", f"{i:02d}.{kind}")


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def make_bad():
    jpeg = read("celeba", "img_align_celeba", "000001.jpg")
    png = read("even", "blue", "00.png")
    at = png.index(b"IDAT") + 10
    bad = {
        "truncated": (jpeg[: len(jpeg) // 2], "b.jpg"),
        "crc": (png[:at] + bytes([png[at] ^ 255]) + png[at + 1 :], "b.png"),
        "huge": (
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 100000, 100000, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""),
            "b.png",
        ),
        "zero": (b"", "b.jpg"),
        "text": (b"just text", "b.jpg"),
        "two": (jpeg[:100], "b.jpg"),
    }
    for name, (content, file) in bad.items():
        for i in range(8):
            save(draw(i, 24, 20), "bad", name, "ac"[i // 4] + f"{i}.png")
        write(content, "bad", name, file)
    write(b"", "bad", "two", "c9.png")  # the last one is bad as well


for make in make_folder, make_even, make_tiny, make_celeba, make_lsun, make_bad:
    make()
