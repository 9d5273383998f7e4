package runbook

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"calm/model/runbook/shell"
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

	asked, shellish bool            // see looksLikeShell and bareCommand
	bare            *shell.Analysis // of a bare command
}

// text is the block's own lines as one string.
func (b *block) text() string { return strings.Join(b.lines, "\n") }

// lang is the language that the fence's info string names, in lower case. A first word that belongs
// to an attribute is none.
func (b *block) lang() string {
	lang := b.named()
	if lang == "yaml" && b.mislabelled() {
		return ""
	}
	return lang
}

// mislabelled says whether a fence that says it holds YAML begins with a command: no line of YAML begins
// with a program and its flags and has no colon before them.
func (b *block) mislabelled() bool {
	if len(b.lines) == 0 {
		return false
	}
	first, _, _ := strings.Cut(b.lines[0], " --")
	return len(first) < len(b.lines[0]) && !strings.ContainsAny(first, ":#-") && b.looksLikeShell()
}

// named is the language as the fence has it.
func (b *block) named() string {
	whole := strings.TrimSpace(b.info)
	info := strings.TrimLeft(whole, "{.")
	rest := ""
	if end := strings.IndexAny(info, " \t{,}:"); end >= 0 {
		info, rest = info[:end], strings.TrimLeft(info[end:], " \t")
	}
	if strings.ContainsAny(info, `="'`) || strings.HasPrefix(whole, "{") && strings.HasPrefix(rest, ":") {
		return ""
	}
	return strings.ToLower(info)
}

// document is the source with what is needed to find places in it.
type document struct {
	src    []byte
	starts []int // offset of each line
	alone  int   // paragraphs of one line
}

// maxAlone is how many paragraphs of one line are asked whether they are commands. A file that has
// more is a log, and each costs a look by the shell's parser.
const maxAlone = 40_000

func newDocument(src []byte) *document {
	d := &document{src: src, starts: make([]int, 1, bytes.Count(src, []byte("\n"))+1)}
	for at := 0; ; {
		n := bytes.IndexByte(src[at:], '\n')
		if at += n + 1; n < 0 || at == len(src) {
			return d
		}
		d.starts = append(d.starts, at)
	}
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
var blockParser = sync.OnceValue(func() parser.Parser {
	return parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...))
})

// maxReparse bounds how many unclosed fences are mended in one file.
const maxReparse = 8

// parseBlocks gives the blocks of masked, which is the source with everything that is not Markdown
// blanked out. They lie end to end from the first byte to the last.
func parseBlocks(d *document, masked []byte) []*block {
	var all []*block
	base := 0
	for range maxReparse {
		part := masked[base:]
		c := converter{doc: d, text: string(part), base: base}
		found := c.children(blockParser().Parse(text.NewReader(part)))
		settle(found, len(masked))
		open, cut := unclosedFence(found, masked)
		all = append(all, found[:open]...)
		if cut == 0 {
			break
		}
		base = cut
	}
	return all
}

// unclosedFence finds a fence that nobody closed, and where the text goes on as Markdown: at the
// first heading below a blank line. Such a fence runs to the end of the file, or to the end of the
// next fence, whose opening it holds. It gives the number of blocks to keep, and 0 when all are good.
func unclosedFence(blocks []*block, src []byte) (keep, cut int) {
	for i, b := range blocks {
		if b.kind != codeBlock || !b.fenced {
			continue
		}
		at := headingInFence(b, src, i == len(blocks)-1)
		if at == 0 {
			continue
		}
		b.end = at
		for len(b.at) > 0 && b.at[len(b.at)-1] >= at {
			b.at, b.lines = b.at[:len(b.at)-1], b.lines[:len(b.lines)-1]
		}
		return i + 1, at
	}
	return len(blocks), 0
}

// headingInFence is the offset of the heading at which an unclosed fence really ends; 0 for a good one.
func headingInFence(b *block, src []byte, last bool) int {
	inner := shellLanguages[b.lang()] && slices.ContainsFunc(b.lines, isOpening)
	if !inner && (!last || closed(b, src)) {
		return 0
	}
	blank := false
	for i, l := range b.lines {
		t := strings.TrimSpace(l)
		if blank && strings.HasPrefix(t, "##") && strings.Contains(t, "# ") {
			return b.at[i]
		}
		if inner && isOpening(l) {
			return 0
		}
		blank = t == ""
	}
	return 0
}

// isOpening says whether a line inside a fence opens another one.
func isOpening(l string) bool {
	rest, ok := strings.CutPrefix(l, "```")
	return ok && rest != "" && rest[0] >= 'a' && rest[0] <= 'z'
}

// closed says whether the text of a fence ends with its closing mark.
func closed(b *block, src []byte) bool {
	lines := strings.Split(strings.TrimRight(string(src[b.start:b.end]), "\r\n \t"), "\n")
	mark := strings.TrimLeft(lines[0], " \t>")
	mark = mark[:len(mark)-len(strings.TrimLeft(mark, mark[:min(1, len(mark))]))]
	return len(lines) > 1 && mark != "" && strings.HasPrefix(strings.TrimLeft(lines[len(lines)-1], " \t>"), mark)
}

// converter turns goldmark's tree into blocks.
type converter struct {
	doc  *document
	text string // the part being parsed
	base int    // of it, in the source
}

// children converts what is inside a node; only the starts of the blocks are known then.
func (c converter) children(parent ast.Node) []*block {
	blocks := make([]*block, 0, parent.ChildCount())
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Type() == ast.TypeBlock {
			blocks = c.convert(blocks, n)
		}
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

// convert adds what a node becomes: one block, or a paragraph and the table that follows it.
func (c converter) convert(blocks []*block, n ast.Node) []*block {
	b := &block{}
	b.start = c.doc.lineStart(c.position(n))
	switch n := n.(type) {
	case *ast.Heading:
		b.kind, b.level = headingBlock, n.Level
	case *ast.Paragraph, *ast.TextBlock:
		b.kind = paragraphBlock
		c.readLines(b, n)
		if len(b.lines) == 1 {
			c.doc.alone++
			b.asked = c.doc.alone > maxAlone
		}
		if linkDefinitions(b.lines) {
			b.kind = ruleBlock // text for the renderer, not for the reader
			return append(blocks, b)
		}
		return append(blocks, splitTable(b, c.doc)...)
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
			b.info = c.value(n.Info.Segment)
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
	if b.kind == codeBlock && !b.fenced {
		b.unwrap()
	}
	return append(blocks, b)
}

// unwrap makes a fence of indented code that holds nothing but one: what stands under the tab or the
// admonition of a site generator is indented by four.
func (b *block) unwrap() {
	last := len(b.lines) - 1
	for last > 0 && strings.TrimSpace(b.lines[last]) == "" {
		last--
	}
	if last < 2 || !isOpening(b.lines[0]) || strings.TrimSpace(b.lines[last]) != "```" {
		return
	}
	b.fenced, b.info = true, strings.TrimPrefix(b.lines[0], "```")
	b.lines, b.at = b.lines[1:last], b.at[1:last]
}

// linkDefinitions says whether a paragraph is nothing but "[label]: target" lines.
func linkDefinitions(lines []string) bool {
	for _, l := range lines {
		label, target, ok := strings.Cut(strings.TrimSpace(l), "]:")
		if !ok || len(label) < 2 || label[0] != '[' || strings.Contains(label, "](") || !strings.ContainsAny(target, "/.#") {
			return false
		}
	}
	return len(lines) > 0
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
	if lines == nil || lines.Len() == 0 {
		return
	}
	b.lines, b.at = make([]string, lines.Len()), make([]int, lines.Len())
	for i := range b.lines {
		seg := lines.At(i)
		b.lines[i] = strings.TrimRight(c.value(seg), "\r\n")
		b.at[i] = c.base + seg.Start
	}
}

// value is the text of a segment, its line end as it is. Padding is what is left of a tab that a container took a part of.
func (c converter) value(seg text.Segment) string {
	return strings.Repeat(" ", seg.Padding) + c.text[seg.Start:seg.Stop]
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
