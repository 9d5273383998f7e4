package runbook

import (
	"bytes"
	"fmt"
	"sort"
	"strings"

	"github.com/goccy/go-yaml"

	"calm/model/pattern"
)

// frontMatter reads the block of YAML or TOML at the top of the file, and gives the source with it
// blanked out, so that positions stay those of the file.
func (p *parse) frontMatter() []byte {
	masked := bytes.Clone(p.doc.src)
	at := 0
	if bytes.HasPrefix(masked, bom) {
		at = len(bom)
		copy(masked, "   ")
	}
	maskDirectives(masked)
	maskNesting(masked)
	body, end, fence := frontMatterBlock(masked[at:])
	if end == 0 {
		return masked
	}
	p.readFrontMatter(body, fence)
	for i := at; i < at+end; i++ {
		if c := masked[i]; c != '\n' && c != '\r' {
			masked[i] = ' '
		}
	}
	return masked
}

var directivePattern = pattern.New(`^[ \t]*:{3,}[ \t]*(?:note|tip|info|details|success|question)?[ \t]*\r?$`)

// maskDirectives blanks the lines that open and close a box in MkDocs, Docusaurus and the like, so
// that its text is read as the text it is.
func maskDirectives(masked []byte) {
	if !bytes.Contains(masked, []byte(":::")) {
		return
	}
	at := 0
	for line := range bytes.Lines(masked) {
		if bytes.Contains(line, []byte(":::")) && directivePattern.MatchString(string(bytes.TrimSuffix(line, []byte("\n")))) {
			for i, c := range line {
				if c != '\r' && c != '\n' {
					masked[at+i] = ' '
				}
			}
		}
		at += len(line)
	}
}

// maxNesting is how many quotations and lists are read inside each other on one line: more is no
// runbook, and costs the Markdown parser quadratic time.
const maxNesting = 24

// maskNesting makes text of the marks of deeper containers.
func maskNesting(masked []byte) {
	marks, lead := 0, true
	for i, c := range masked {
		switch {
		case c == '\n':
			marks, lead = 0, true
		case !lead || c == ' ' || c == '\t':
		case c == '>', (c == '-' || c == '*' || c == '+') && i+1 < len(masked) && masked[i+1] == ' ':
			if marks++; marks > maxNesting {
				masked[i] = '.'
			}
		case c >= '0' && c <= '9' || c == '.' || c == ')':
			if c == '.' || c == ')' {
				if marks++; marks > maxNesting {
					masked[i] = '_'
				}
			}
		default:
			lead = false
		}
	}
}

// maxFrontMatter bounds the block: a rule at the top of a long file is not the start of one.
const maxFrontMatter = 16 << 10

// frontMatterBlock finds the block's text and the offset just after its closing line.
func frontMatterBlock(src []byte) (body []byte, end int, fence string) {
	for _, fence = range []string{"---", "+++"} {
		first, rest, ok := bytes.Cut(src, []byte("\n"))
		if !ok || string(bytes.TrimRight(first, " \t\r")) != fence {
			continue
		}
		at := len(first) + 1
		for len(rest) > 0 && at < maxFrontMatter {
			line, more, _ := bytes.Cut(rest, []byte("\n"))
			trimmed := string(bytes.TrimRight(line, " \t\r"))
			if trimmed == fence || fence == "---" && trimmed == "..." {
				body = src[len(first)+1 : at]
				if len(bytes.TrimSpace(body)) == 0 || !bytes.ContainsAny(body, ":=") {
					return nil, 0, ""
				}
				return body, min(at+len(line)+1, len(src)), fence
			}
			if strings.HasPrefix(trimmed, "# ") && fence == "---" && at == len(first)+1 {
				return nil, 0, "" // a rule above the title
			}
			at += len(line) + 1
			rest = more
		}
	}
	return nil, 0, ""
}

func (p *parse) readFrontMatter(body []byte, fence string) {
	values := map[string]any{}
	if fence == "---" {
		if err := yaml.Unmarshal(body, &values); err == nil && len(values) > 0 {
			p.flatten("", values)
			return
		}
		p.warn(0, "the front matter is not good YAML; its lines were read one by one")
	}
	for _, line := range strings.Split(string(body), "\n") {
		if i := strings.IndexAny(line, ":="); i > 0 {
			p.meta(line[:i], strings.Trim(strings.TrimSpace(line[i+1:]), `"'`))
		}
	}
}

// flatten keeps nested values under dotted names.
func (p *parse) flatten(prefix string, values map[string]any) {
	for k, v := range values {
		switch v := v.(type) {
		case map[string]any:
			p.flatten(prefix+k+".", v)
		case []any:
			parts := make([]string, 0, len(v))
			for _, e := range v {
				parts = append(parts, fmt.Sprint(e))
			}
			p.meta(prefix+k, strings.Join(parts, ", "))
		case nil:
		default:
			p.meta(prefix+k, fmt.Sprint(v))
		}
	}
}

func (p *parse) meta(name, value string) {
	name = strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_")
	if _, have := p.rb.Metadata[name]; name == "" || have || value == "" {
		return
	}
	p.rb.Metadata[name] = value
}

// maxMetadataLine is how long a value may be; longer is text.
const maxMetadataLine = 300

// metadata reads the labels that stand under the title and, of all others, those that only ever
// say something about the file.
func (p *parse) metadata() {
	top := p.root
	for len(top.blocks) == 0 && len(top.kids) > 0 && top.kids[0].isHeading() && top.kids[0].level == 1 {
		top = top.kids[0]
	}
	for _, n := range []*node{p.root, top} {
		for _, k := range n.kids {
			if k.label != nil && k.label.rest != "" && len(k.label.rest) <= maxMetadataLine && !k.label.dash {
				p.meta(k.title, plain(k.label.rest))
			}
		}
		p.metadataItems(n.blocks)
	}
	p.root.walk(func(n *node) bool {
		if n.label != nil && n.label.rest != "" && fileLabel[n.key()] && n.role() != postMortemRole && !underForm(n) {
			p.meta(n.title, plain(n.label.rest))
		}
		return true
	})
}

// fileLabel are labels about the file itself, wherever they stand.
var fileLabel = phraseSet(`last updated, last reviewed, last review, last modified, updated, document owner, maintained by, maintainer, version, document version, next review, review date, review cadence, review frequency`)

// underForm says whether a label stands in a form to be filled in.
func underForm(n *node) bool {
	for m := n; m != nil; m = m.parent {
		if r := m.role(); r == postMortemRole || r == templatesRole {
			return true
		}
	}
	return false
}

// metadataItems reads a list or quotation of labels under the title.
func (p *parse) metadataItems(blocks []*block) {
	for _, b := range blocks {
		switch b.kind {
		case listBlock:
			for _, item := range b.kids {
				if lab, ok := splitLabel(itemLine(item)); ok && lab.rest != "" && len(lab.rest) <= maxMetadataLine {
					p.meta(lab.name, plain(lab.rest))
				}
			}
		case quoteBlock:
			for _, k := range b.kids {
				for _, l := range k.lines {
					if lab, ok := splitLabel(l); ok && lab.rest != "" && len(lab.rest) <= maxMetadataLine {
						p.meta(lab.name, plain(lab.rest))
					}
				}
			}
		}
	}
}

// MetadataNames lists the metadata's names in order.
func (r *Runbook) MetadataNames() []string {
	out := make([]string, 0, len(r.Metadata))
	for k := range r.Metadata {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
