package runbook

import (
	"bytes"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// blockKind says what a block of Markdown is.
type blockKind int

const (
	headingBlock blockKind = iota
	paragraphBlock
	listBlock
	itemBlock
	codeBlock // fenced or indented
	tableBlock
	quoteBlock
	htmlBlock
	ruleBlock
)

// span is a range of bytes in the source.
type span struct{ start, end int }

// block is one block of Markdown. Its range covers whole lines, with the blank lines that follow,
// so that the blocks of a document lie end to end.
type block struct {
	span
	kind    blockKind
	level   int      // of a heading
	ordered bool     // of a list
	number  int      // of an item in an ordered list, as written; 0 for a bullet
	task    bool     // an item with a box
	done    bool     // and the box is ticked
	fenced  bool     // of code: fenced, not indented
	info    string   // of fenced code: the info string
	lines   []string // its own text, line by line, containers' marks and the line end taken off
	at      []int    // source offset of each of lines
	kids    []*block // of a list, an item or a quote

	asked, shellish bool // see looksLikeShell
}

// text is the block's own lines as one string.
func (b *block) text() string { return strings.Join(b.lines, "\n") }

// lang is the language that the fence's info string names, in lower case.
func (b *block) lang() string {
	info := strings.TrimLeft(strings.TrimSpace(b.info), "{.")
	end := strings.IndexAny(info, " \t{,}:")
	if end >= 0 {
		info = info[:end]
	}
	return strings.ToLower(info)
}

// document is the source with what is needed to find places in it.
type document struct {
	src    []byte
	starts []int // offset of each line
}

func newDocument(src []byte) *document {
	d := &document{src: src, starts: []int{0}}
	for i, c := range src {
		if c == '\n' && i+1 < len(src) {
			d.starts = append(d.starts, i+1)
		}
	}
	return d
}

// line is the 1-based line of an offset.
func (d *document) line(offset int) int {
	return sort.Search(len(d.starts), func(i int) bool { return d.starts[i] > offset })
}

// lineStart is the offset at which the line of an offset begins.
func (d *document) lineStart(offset int) int {
	if offset > len(d.src) {
		offset = len(d.src)
	}
	return bytes.LastIndexByte(d.src[:offset], '\n') + 1
}

// blockParser parses blocks only: inline text is read by this package, line by line, because
// positions of labels matter more than emphasis, and because it has to be linear on any input.
// Link definitions are not lifted out, so that their text stays where it is.
var blockParser = parser.NewParser(
	parser.WithBlockParsers(parser.DefaultBlockParsers()...),
)

// maxReparse bounds how many unclosed fences are mended in one file.
const maxReparse = 4

// parseBlocks gives the blocks of masked, which is the source with everything that is not Markdown
// blanked out. They lie end to end from the first byte to the last.
func parseBlocks(d *document, masked []byte) []*block {
	var all []*block
	base := 0
	for range maxReparse {
		root := blockParser.Parse(text.NewReader(masked[base:]))
		c := converter{doc: d, masked: masked, base: base}
		all = append(all, c.children(root)...)
		settle(all, len(masked))
		cut := unclosedFence(all, masked)
		if cut == 0 {
			break
		}
		last := all[len(all)-1]
		last.end = cut
		for len(last.at) > 0 && last.at[len(last.at)-1] >= cut {
			last.at, last.lines = last.at[:len(last.at)-1], last.lines[:len(last.lines)-1]
		}
		base = cut
	}
	return all
}

// unclosedFence finds where the text goes on as Markdown after a fence that nobody closed: at the
// first heading below a blank line. It is 0 when the last block is not such a fence.
func unclosedFence(blocks []*block, src []byte) int {
	if len(blocks) == 0 {
		return 0
	}
	last := blocks[len(blocks)-1]
	if last.kind != codeBlock || !last.fenced {
		return 0
	}
	lines := strings.Split(strings.TrimRight(string(src[last.start:last.end]), "\r\n \t"), "\n")
	mark := strings.TrimLeft(lines[0], " \t")
	mark = mark[:len(mark)-len(strings.TrimLeft(mark, mark[:1]))]
	if len(lines) > 1 && strings.HasPrefix(strings.TrimSpace(lines[len(lines)-1]), mark) {
		return 0
	}
	offset, blank := last.start, false
	for i, l := range lines {
		t := strings.TrimSpace(l)
		if i > 0 && blank && strings.HasPrefix(t, "##") && strings.Contains(t, "# ") {
			return offset
		}
		blank = t == ""
		offset += len(l) + 1
	}
	return 0
}

// converter turns goldmark's tree into blocks.
type converter struct {
	doc    *document
	masked []byte
	base   int // of the part being parsed, in the source
}

// children converts what is inside a node; only the starts of the blocks are known then.
func (c converter) children(parent ast.Node) []*block {
	var blocks []*block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Type() != ast.TypeBlock {
			continue
		}
		blocks = append(blocks, c.convert(n)...)
	}
	return blocks
}

// settle gives every block its end: where the next one begins.
func settle(blocks []*block, end int) {
	for i, b := range blocks {
		b.end = end
		if i+1 < len(blocks) {
			b.end = max(blocks[i+1].start, b.start)
		}
		settle(b.kids, b.end)
	}
}

func (c converter) convert(n ast.Node) []*block {
	b := &block{}
	b.start = c.doc.lineStart(c.position(n))
	switch n := n.(type) {
	case *ast.Heading:
		b.kind, b.level = headingBlock, n.Level
	case *ast.Paragraph, *ast.TextBlock:
		b.kind = paragraphBlock
		c.readLines(b, n)
		return splitTable(b, c.doc)
	case *ast.List:
		b.kind, b.ordered = listBlock, n.IsOrdered()
		b.kids = c.children(n)
		for i, item := range b.kids {
			if b.ordered {
				item.number = n.Start + i
			}
		}
	case *ast.ListItem:
		b.kind, b.kids = itemBlock, c.children(n)
		c.readBox(b)
	case *ast.FencedCodeBlock:
		b.kind, b.fenced = codeBlock, true
		if n.Info != nil {
			b.info = string(n.Info.Segment.Value(c.masked[c.base:]))
		}
	case *ast.CodeBlock:
		b.kind = codeBlock
	case *ast.Blockquote:
		b.kind, b.kids = quoteBlock, c.children(n)
	case *ast.HTMLBlock:
		b.kind = htmlBlock
	case *ast.ThematicBreak:
		b.kind = ruleBlock
	default:
		b.kind = paragraphBlock
	}
	if b.kind != listBlock && b.kind != itemBlock && b.kind != quoteBlock {
		c.readLines(b, n)
	}
	return []*block{b}
}

// position is where a node begins in the source.
func (c converter) position(n ast.Node) int {
	if p := n.Pos(); p >= 0 {
		return c.base + p
	}
	if l := n.Lines(); l != nil && l.Len() > 0 {
		return c.base + l.At(0).Start
	}
	if first := n.FirstChild(); first != nil {
		return c.position(first)
	}
	return c.base
}

// readLines takes a node's own lines, without the marks of the containers around it.
func (c converter) readLines(b *block, n ast.Node) {
	lines := n.Lines()
	if lines == nil {
		return
	}
	for i := range lines.Len() {
		seg := lines.At(i)
		value := strings.TrimRight(string(seg.Value(c.masked[c.base:])), "\r\n")
		b.lines = append(b.lines, value)
		b.at = append(b.at, c.base+seg.Start)
	}
}

// readBox recognises "[ ]" and "[x]" at the start of an item and takes it off.
func (c converter) readBox(b *block) {
	if len(b.kids) == 0 || b.kids[0].kind != paragraphBlock || len(b.kids[0].lines) == 0 {
		return
	}
	first := b.kids[0]
	l := first.lines[0]
	if len(l) < 3 || l[0] != '[' || l[2] != ']' || len(l) > 3 && l[3] != ' ' && l[3] != '\t' {
		return
	}
	switch l[1] {
	case ' ', 'x', 'X':
		b.task, b.done = true, l[1] != ' '
		rest := strings.TrimLeft(l[3:], " \t")
		first.at[0] += len(l) - len(rest)
		first.lines[0] = rest
	}
}
