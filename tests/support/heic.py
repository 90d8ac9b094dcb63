"""A HEIC file: a plain 64 x 64 picture in HEVC, as phones write them, made once by an encoder that we do not ship."""

import base64
import zlib
from typing import Final

HEIC: Final = zlib.decompress(
    base64.b85decode(
        "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>UfiWyMwIq=N0u(b+a*CjAhJwuG5(YG&l$nzcHpIn&fe{FSfUycf1A!C}D`#frrGa@MQBfc#l?l"
        "qrC`&d3G5HEIOLE~#u4NV!6#(h&nFY!DK)M2`%$boHBs2l6NbUo}pT9qTFfi~lCjfOwI56@s{{IhBzzkBs3_^0dm>d#;lG;v;jA$|o6dGBlz4"
        "Fvtm&YW<!vPXH0U|gYl7Q;jT^J7*ZBTLmS|gmCpHq~VoKpc5=4D`O01Am@78j&K{pJA00tJ~BnIHjX4i2Dc4C0vuxv<~^h6qa|6Eh1apmI|Z"
        "L7^w6!MI+s;d@Q1`Ty_NzyD=?{ZEaxVoL!4hrmo7"
    )
)
