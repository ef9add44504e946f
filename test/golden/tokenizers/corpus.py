"""What the vocabularies are trained on, and the strings they are asked about."""
SENTENCES = """
The attention of a head is a row of weights, one for every key that the query may see; we've measured 1,024 of them.
Don't read the map before the numbers: it's the sum over 64 rows, isn't it? They'll say 3.14159 or 2.71828.
def attention(q, k, v):\n    scores = q @ k.T / math.sqrt(128)\n    return softmax(scores) @ v  # 4096 tokens
for (int i = 0; i < n; ++i) { total += values[i] * 0.5f; }\r\n\treturn total;
Das größte Modell braucht über zwölf Gigabyte; die Köpfe sehen nur fünf Prozent der Schlüssel.
Le modèle relit le début de la phrase, où l'élève a déjà trouvé la réponse à côté du café.
El niño preguntó por qué la atención se concentra en los primeros símbolos, ¿verdad? ¡Claro!
Внимание каждой головы видно на карте, а число показывает долю массы, которую маска сохранила.
Η προσοχή του μοντέλου φαίνεται στον χάρτη και ο αριθμός δείχνει πόση μάζα κρατά η μάσκα.
注意力头会看到整个上下文，但是大部分的权重集中在少数几个位置上。这张图显示了结果。
注意の重みは最初のトークンに集まり、残りは近くの語に広がる。モデルは長い文章を読みます。
주의 머리는 긴 문맥을 보지만 대부분의 무게는 몇 군데에 모인다. 숫자는 지도 옆에 있다.
يرى كل رأس من رؤوس الانتباه السياق الطويل، لكن معظم الوزن يقع على مواضع قليلة.
כל ראש של קשב רואה את ההקשר הארוך, אבל רוב המשקל נופל על מעט מקומות.
प्रत्येक ध्यान शीर्ष लंबे संदर्भ को देखता है, लेकिन अधिकांश भार कुछ ही स्थानों पर होता है।
หัวความสนใจแต่ละหัวมองเห็นบริบทยาว แต่น้ำหนักส่วนใหญ่อยู่ที่ไม่กี่ตำแหน่ง
Mỗi đầu chú ý nhìn thấy ngữ cảnh dài, nhưng phần lớn trọng số nằm ở một vài vị trí.
Dikkat başlıkları uzun bağlamı görür; ağırlığın çoğu birkaç konumda toplanır. İstanbul'da yağmur var.
hello world, hello again: the word and the words, reading and running; keys, values, queries 🙂 🎉
<html><body class="a b">value=1 &amp; done</body></html> https://example.org/a?b=c#d user@example.org
""".strip("\n").split("\n")

CORPUS = [sentence.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t") for sentence in SENTENCES] * 3

SPECIALS = [
    "<s>", "</s>", "<unk>", "<|endoftext|>", "<|begin_of_text|>", "<|im_start|>", "<|im_end|>", "<|eot_id|>", "[INST]", "[/INST]",
    "<start_of_turn>", "<|user|>", "<|end|>", "[CLS]", "[SEP]", "[MASK]", "<mask>", "<｜begin▁of▁sentence｜>", "<think>", "<|left|>",
    "<|right|>", "<|both|>", "<extra_0>", "<0x41>",
]

TEXTS = [
    "", " ", "  ", "   ", "\n", "\r\n", "\t", "\n\n\n", " \n ", "a", " a", "a ", "  a  ", "A", ".", "'", "''", "'s", "'S", "'ſ", "'\u212a",
    "hello world", "Hello World", "HELLO", " hello", "hello ", "hello  world", "hello   world", "hello\nworld", "hello\r\nworld\r\n\r\nagain",
    "line one\n\n\nline two\n    indented\n\ttabbed\n", "trailing spaces   \nnext", "   leading", "tabs\t\tand\u000bvertical\u000cfeed",
    "don't can't we'll they've I'm he'd she's it'S DON'T WE'LL", "don’t ‘quote’ “double”", "rock'n'roll 'twas", "x'll'd've",
    "The quick brown fox jumps over the lazy dog.", "reading, running; the words and the word.", "word sword word's wordy word", "_word_ word1 1word",
    "1", "12", "123", "1234", "12345678901234567890", "3.14159", "1,000,000", "0x1F", "1e-5", "v1.2.3", "2024-01-31T23:59:59Z", "a1b2c3", "١٢٣٤", "१२३४५",
    "๑๒๓", "四五六", "½ ¼ ¾ ⅓", "①②③", "Ⅳ Ⅻ ⅷ", "²³ x² H₂O", "𝟙𝟚𝟛 𝟎𝟏", "〇一二", "௧௨௩ ௰", "৪৫৬", "𐄇𐄈", "12½3", "٣٫١٤",
    "Ünïcödé naïve café résumé", "cafe\u0301 e\u0301le\u0300ve", "Café CAFÉ cafÉ", "A\u030a \u212b \u00c5", "q\u0307\u0323 q\u0323\u0307", "a\u0316\u0301 á\u0316",
    "\u1e9b\u0323 \ufb01 \ufb03 ﷺ", "o\u0302\u0301 ộ ộ\u0302", "\u0344 \u0958 \u2126 \u00b5", "ﬀ ﬂ Ǆ ǅ ǆ ŉ", "ΑΣ ΟΔΟΣ Σ σς", "İstanbul Iı iİ", "ẞß STRASSE straße",
    "Å\u0327\u0301\u0316x", "e\u0301\u0301\u0301\u0301", "\u0301start", " \u0301", "n\u0303\n\u0303", "\u0e01\u0e33 กำ", "\u1100\u1161\u11a8 각 \u1112\u1161\u11ab",
    "漢字 かな カナ 한국어", "注意力机制", "東京2024年5月", "「括弧」『引用』、。！？", "ｆｕｌｌｗｉｄｔｈ１２３", "ﾊﾝｶｸ ｶﾞｷﾞ", "中文English混合123文字", "日本 日本語 日本  語", "𠮷野家 𡈽 𪚥", "々〆ヶー",
    "مرحبا بالعالم", "السَّلَامُ عَلَيْكُمْ", "\u200fمرحبا\u200e hello \u202bשלום\u202c", "שָׁלוֹם עֲלֵיכֶם", "abc \u2067עברית\u2069 def", "فارسی می‌خواهم", "اردو ۱۲۳",
    "हिन्दी में लिखा", "क्षत्रिय श्री", "ไทยภาษา", "বাংলা ভাষা", "தமிழ் மொழி", "ខ្មែរ", "မြန်မာ", "ქართული", "Հայերեն", "ᏣᎳᎩ", "ⴰⵎⴰⵣⵉⵖ",
    "Привет, мир!", "ПРИВЕТ привет Йй Ёё", "й и\u0306", "Ελληνικά ἀρχή", "Tiếng Việt", "Türkçe ğüşiöç",
    "🙂", "🙂🙂", "👩‍👩‍👧‍👦", "🏳️‍🌈 🏴‍☠️", "🇩🇪🇫🇷", "🇩", "👍🏽 👋🏿", "❤️ ❤", "1️⃣ #️⃣", "🧑‍🚀🧪", "a🙂b", " 🙂 ", "🙂\n🙂", "\U0001f9ff\U000e0067\U000e007f", "🀄 ♠♥", "😀"*20,
    "\u0085", "a\u0085b", "\u00a0", "a\u00a0b \u00a0 c", "\u2028", "a\u2028b\u2029c", "\u3000", "全角\u3000空白", "\u1680 \u2000\u2001\u2002\u2003\u200a", "\u202f\u205f", "\ufeff", "\ufeffBOM", "mid\ufeffdle",
    "\u200b", "zero\u200bwidth\u200cnon\u200djoiner\u2060", "soft\u00adhyphen", "\u180e", " \u00a0\u3000\t\n", "a \u0085 b", "\u0085\n\u0085",
    "\x00", "a\x00b", "\x01\x02\x03", "\x07\x08\x1b[0m", "\x7f", "\x80\x81\x9f", "\x1c\x1d\x1e\x1f", "null\x00\x00 end", "\ufffd", "a\ufffdb\ufffd\ufffd", "\ufffe\uffff", "\ue000\uf8ff", "\U0010ffff \U000f0000", "\u0378",
    "x" * 300, "ab" * 200, "word" * 40, " " * 100, "a b " * 60, "\n" * 40, "." * 70, "-" * 65 + "=" * 65, "é" * 120, "漢" * 120, "1" * 101, "Donaudampfschifffahrtsgesellschaftskapitän" * 4,
    "def f(x):\n    return {'a': [1, 2, 3]}\n", "if (a && b || !c) { x->y += *p; }", "#include <stdio.h>\r\n", "$HOME/.cache/x_y-z", "SELECT * FROM t WHERE a='b';", "\\n \\t \\\\ \\u00e9", "a_b__c___d", "camelCaseHTTPServer", "CONSTANT_VALUE", "<div class=\"x\">&nbsp;</div>",
    "https://example.org/path?q=1&r=%20#frag", "user@example.org", "C:\\Windows\\system32", "--flag=value -x", "```python\nprint(1)\n```", "| a | b |\n|---|---|", "**bold** _it_ ~~x~~", "E = mc² ± 5% ≠ ∞ ∑ √", "€100 £5 ¥300 ₿ ₹", "™ © ® § ¶ † ‡", "… — – ‐ ‑ ‒", "ŋəˈ ʃ ɸ", "T​his", "a/b//c", "!?!?!!", "(((())))", "«guillemets» ‹x›",
    "<s>", "<s>hello</s>", "text <s> inside </s> text", "<s><s></s>", "< s>", "<s", "<|endoftext|>", "a<|endoftext|>b", " <|endoftext|> ", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>", "[INST] hi [/INST]", "<start_of_turn>user\nhi<end_of_turn>\n", "<|user|>\n Hi <|end|>\n<|assistant|>\n", "[CLS] a [SEP] b [MASK]", "a <mask> b", "a  <mask>  b",
    "<｜begin▁of▁sentence｜><｜User｜>hi<think>\n", "x <|left|> y", "x \n <|left|>y", "x<|right|> \u00a0 y", "x <|both|> y <|both|>z", "  <|both|>  <|both|>  ", "<|left|>  <|left|>", "<extra_0>a <extra_0> b", "<0x41><0xE2>", "▁", "▁▁a ▁b", "a▁b", "<s>> <s>>x", "hello HELLO hello1", "日本 人", "Ġ Ċ âĢĵ ĠĠ", "##ing @@s </w>", "running", "caféword", "<unk>",
]
