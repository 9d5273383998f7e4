package run

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

var dirt = []struct{ in, want string }{
	{"plain\ttext\n", "plain\ttext\n"},
	{"\x1b[1m\x1b[34mUse\x1b[39m it\n", "Use it\n"},
	{"a\x1b]52;c;c2VjcmV0\x07b", "ab"},
	{"a\x1b]0;title\x1b\\b", "ab"},
	{"a\x1bPq#0\x1b\\b\x1b_x\x1b\\c", "abc"},
	{"a\u009b31mb\u009d0;t\u009cc", "abc"},
	{"a\x1bcb\x1b(Bc\x1b#8d", "abcd"},
	{"10 %\r20 %\r\ndone\r", "10 %\n20 %\ndone\n"},
	{"a\x00b\x08c\x7fd", "a␀b␈c␡d"},
	{"caf\xe9 \xff", "caf\ufffd \ufffd"},
	{"x\u202egpj.exe\u200b", "x‹U+202E›gpj.exe‹U+200B›"},
	{"übung ✓ 界", "übung ✓ 界"},
	{"a\xe7\x95", "a\ufffd\ufffd"},
	{"\x1b[3\nnext", "\nnext"},
	{"\x1b[31", ""},
	{"\x1b]0;" + strings.Repeat("x", 5000) + "y", strings.Repeat("x", 907) + "y"},
}

func TestClean(t *testing.T) {
	for _, tt := range dirt {
		for _, step := range []int{len(tt.in), 1, 3} {
			var got bytes.Buffer
			c := newClean(&got)
			for in := []byte(tt.in); len(in) > 0; {
				n := min(step, len(in))
				if k, err := c.Write(in[:n]); k != n || err != nil {
					t.Fatal(k, err)
				}
				in = in[n:]
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want {
				t.Errorf("%.40q by %d: %.60q, want %.60q", tt.in, step, got.String(), tt.want)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, tt := range dirt {
		f.Add([]byte(tt.in), 2)
	}
	f.Fuzz(func(t *testing.T, in []byte, at int) {
		var got bytes.Buffer
		c := newClean(&got)
		cut := min(max(at, 0), len(in))
		_, _ = c.Write(in[:cut])
		_, _ = c.Write(in[cut:])
		_ = c.Close()
		if !utf8.Valid(got.Bytes()) {
			t.Fatalf("%q is no UTF-8", got.Bytes())
		}
		for _, r := range got.String() {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || deceptive(r) {
				t.Fatalf("%q has %q", got.Bytes(), r)
			}
		}
	})
}
