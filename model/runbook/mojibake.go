package runbook

import (
	"strings"
	"unicode/utf8"
)

// cp1252 is what Windows-1252 shows for the bytes 0x80 to 0x9F; 0 where it has nothing.
var cp1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// asByte gives the byte that Windows-1252 would show as r.
func asByte(r rune) (byte, bool) {
	if r >= 0xA0 && r <= 0xFF || r >= 0x80 && r < 0xA0 {
		return byte(r), true
	}
	for i, c := range cp1252 {
		if c == r && c != 0 {
			return byte(0x80 + i), true
		}
	}
	return 0, false
}

// mangledLead is the byte with which each of the letters begins that mangled text is known by.
const mangledLead = 0xC3

// Mended is a text with UTF-8 that was once read as Windows-1252 made what it was.
func Mended(s string) string { return mend(s) }

// mend repairs UTF-8 that was once read as Windows-1252, run by run: a run of such characters is
// turned back into bytes and taken when it is valid UTF-8. The five bytes that Windows-1252 does
// not define are dropped by some programs; the one that occurs in practice, 0x8F, ends the
// variation selector of "⚠️" (EF B8 8F), so a run that lacks only that is mended too. Whatever does
// not come out right is left as it is.
func mend(s string) string {
	if strings.IndexByte(s, mangledLead) < 0 || !strings.ContainsAny(s, "âðÃÂïã") {
		return s
	}
	var out strings.Builder
	var raw []byte
	from := -1
	flush := func(to int) {
		if from < 0 {
			return
		}
		if fixed, ok := decodeRun(raw); ok {
			out.WriteString(fixed)
		} else {
			out.WriteString(s[from:to])
		}
		raw, from = raw[:0], -1
	}
	for i, r := range s {
		b, ok := asByte(r)
		if !ok || r == utf8.RuneError {
			flush(i)
			out.WriteRune(r)
			continue
		}
		if from < 0 {
			from = i
		}
		raw = append(raw, b)
	}
	flush(len(s))
	return out.String()
}

// decodeRun reads bytes as UTF-8; a truncated variation selector is completed.
func decodeRun(raw []byte) (string, bool) {
	if len(raw) < 2 {
		return "", false
	}
	var out strings.Builder
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n <= 1 {
			if len(raw)-i >= 2 && raw[i] == 0xEF && raw[i+1] == 0xB8 {
				out.WriteRune('\uFE0F')
				i += 2
				continue
			}
			return "", false
		}
		if r < 0x80 {
			return "", false
		}
		out.WriteRune(r)
		i += n
	}
	return out.String(), true
}
