package runbook

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// BenchmarkSeed reads the seed's runbook as often as a console does while somebody edits it.
func BenchmarkSeed(b *testing.B) {
	src, err := os.ReadFile("testdata/seed.md")
	if err != nil {
		b.Fatal(err)
	}
	againstGoldmark(b, src)
}

// BenchmarkMegabyte reads 1 MB of runbooks: those of the repository, over and over.
func BenchmarkMegabyte(b *testing.B) {
	var src []byte
	for len(src) < 1_000_000 {
		for _, path := range []string{"testdata/seed.md", "../../runbooks/aurora-concierge.md"} {
			text, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			src = append(append(src, text...), '\n')
		}
	}
	againstGoldmark(b, src[:1_000_000])
}

// BenchmarkPublicMegabyte reads 1 MB of public runbooks, where those lie beside the checkout.
func BenchmarkPublicMegabyte(b *testing.B) {
	var src []byte
	for _, path := range corpus(b) {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		src = append(append(src, text...), '\n')
	}
	for len(src) < 1_000_000 {
		src = append(src, src...)
	}
	againstGoldmark(b, []byte(strings.ToValidUTF8(string(src[:1_000_000]), "")))
}

// againstGoldmark says also how often goldmark, which a Markdown tool would use, parses the same in
// that time: that figure stays when the machine is busy.
func againstGoldmark(b *testing.B, src []byte) {
	b.Helper()
	md := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := Parse("test.md", src); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		md.Parse(text.NewReader(src))
		theirs += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/float64(theirs), "×goldmark")
}
