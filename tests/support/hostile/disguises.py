"""What is no image that we decode, and would be dangerous where a library decodes it all the same."""

DISGUISES: dict[str, bytes] = {
    "nothing": b"",
    "zeros": bytes(1000),
    "a drawing that asks for a file": b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&x;</text></svg>",
    "a drawing that asks a server": b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'>"
    b"<image x:href='http://127.0.0.1:6379/' width='9' height='9'/></svg>",
    "a web page": b"<!doctype html><html><script>alert(1)</script></html>",
    "PDF": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file showpage\n",
    "PostScript with a preview": b"\xc5\xd0\xd3\xc6" + bytes(100),
    "ImageMagick's vectors": b"push graphic-context\nviewbox 0 0 9 9\n"
    b"image over 0,0 9,9 'url(https://x/\"|id\")'\npop graphic-context",
    "ImageMagick's script": b"<image><read filename='/etc/passwd'/><write filename='/tmp/planted'/></image>",
    "ImageMagick's own format": b"id=ImageMagick  version=1.0\nclass=DirectClass columns=9 rows=9\n\f\n:\x1a"
    + bytes(300),
    "libvips' own format": b"\x08\xf2\xa6\xb6" + bytes(100),
    "a command as a file": b"| id > /tmp/planted",
    "portable pixels": b"P6 60000 60000 255\n" + bytes(100),
    "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 60000 +X 60000\n" + bytes(100),
    "FITS": b"SIMPLE  =                    T".ljust(2880),
    "a matrix": b"9 9\n" + b"1 2 3 4 5 6 7 8 9\n" * 9,
    "OpenEXR": b"\x76\x2f\x31\x01" + bytes(100),
    "a bitmap": b"BM" + bytes(100),
    "an icon": b"\0\0\1\0\1\0" + bytes(100),
    "JPEG XL": b"\xff\x0a" + bytes(100),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100),
    "an archive": b"PK\x03\x04" + bytes(100),
    "a program": b"\x7fELF\x02\x01\x01" + bytes(100),
    "a text": b"Dear Sir or Madam, " * 50,
}
