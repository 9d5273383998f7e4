package runbook

import (
	"slices"
	"strconv"
	"strings"

	"calm/model/pattern"
	"calm/model/runbook/shell"
	"calm/model/signal"
)

var (
	quotedPattern = pattern.New("[\"“”]([^\"“”\n]{3,120})[\"“”]|'([^'\n]{6,120})'")
	logWords      = pattern.New(`(?i)\blogs?\b|\bjournal\b|\bstack ?trace|\bexceptions?\b|\berror messages?\b|\bdmesg\b|\bsyslog\b`)
	errorWords    = pattern.New(`(?i)\berrors?\b|\bexceptions?\b|\bmessages?\b|\btimeouts?\b|\bwarnings?\b`)
	errorToken    = pattern.New(`\b(?:[A-Z][a-z0-9]+){1,6}(?:Error|Exception|Timeout|Killed|BackOff)\b|\bE(?:CONN[A-Z]+|TIMEDOUT|NOSPC|MFILE|NOMEM|PIPE|ADDRINUSE|ACCES|HOSTUNREACH)\b|\bOOMKilled\b|\b[A-Z][A-Z0-9]{2,}(?:_[A-Z0-9]+)+\b`)
	statusCode    = pattern.New(`\b(?:HTTP[ /]?)?([45]\d\d)s?\b`)
	statusWords   = pattern.New(`(?i)\berrors?\b|\bresponses?\b|\breturn|\bstatus\b|\bhttp\b|\blogs?\b|\bcodes?\b`)
	saidByUsers   = pattern.New(`(?i)^(?:users?|customers?|clients?|people|visitors|support)\b.{0,30}\b(?:report|see|say|complain|get|stuck|claim|notice|tickets)`)
	fromSubject   = pattern.New(`(?:from|by|calling|in)\s+(?:the\s+)?([A-Z][\w.-]+)`)
)

// symptom says what kind of sign a sentence is and what would show it.
func (p *parse) symptom(raw string) Symptom {
	text := plain(raw)
	s := Symptom{Text: text, Kind: Asked}
	if saidByUsers.MatchString(text) {
		p.offPage(&s)
		return s
	}
	if m, ok := measured(text); ok {
		s.Kind, s.Predicate = Measured, m
		return s
	}
	for _, sg := range signs {
		if sg.words.MatchString(text) {
			holds := sg.holds
			s.Kind, s.Predicate = sg.kind, &holds
			return s
		}
	}
	if sigs := signatures(text, raw); len(sigs) > 0 {
		s.Kind, s.Signatures = Logged, sigs
		if tooMany.words.MatchString(text) {
			holds := tooMany.holds
			s.Predicate = &holds
		}
		return s
	}
	p.offPage(&s)
	return s
}

// offPage recognises a sign that the page itself shows. It needs a marker that the runbook's own
// commands look for on a page; without one only a person can say.
func (p *parse) offPage(s *Symptom) {
	if p.marker == "" || !offPage.MatchString(s.Text) || !onPage.MatchString(s.Text) {
		return
	}
	s.Kind, s.Predicate = Probed, &Predicate{Signal: signal.Widget, Equals: "no"}
}

// signatures are the strings whose appearance in a log shows the symptom.
func signatures(text, raw string) []string {
	var sigs []string
	add := func(s string) {
		s = strings.Trim(strings.TrimSpace(s), ".…,")
		if len(s) >= 3 && !slices.Contains(sigs, s) {
			sigs = append(sigs, s)
		}
	}
	if logWords.MatchString(text) || errorWords.MatchString(text) {
		for _, m := range quotedPattern.FindAllStringSubmatch(text, -1) {
			add(m[1] + m[2])
		}
	}
	if len(sigs) == 0 && logWords.MatchString(text) {
		for _, c := range codeSpans(mend(raw)) {
			if len(c) < 80 && !strings.HasPrefix(c, "/") && !shell.LooksLikeShell(c) {
				add(c)
			}
		}
	}
	if len(sigs) == 0 {
		for _, t := range errorToken.FindAllString(text, -1) {
			if !strings.Contains(text, "{{"+t) { // a field that nobody has filled
				add(t)
			}
		}
	}
	if len(sigs) > 0 || !statusWords.MatchString(text) {
		return sigs
	}
	for _, m := range statusCode.FindAllStringSubmatch(text, -1) {
		if sub := fromSubject.FindStringSubmatch(text); sub != nil {
			add(sub[1] + " " + m[1])
			continue
		}
		add(m[1])
	}
	return sigs
}

// MatchSignature says whether a line of a log shows a signature: it holds it, whatever the case, or,
// for one built from a subject and a status ("DeepSeek 429"), both words in any place.
func MatchSignature(line, signature string) bool {
	line, signature = strings.ToLower(line), strings.ToLower(signature)
	if strings.Contains(line, signature) {
		return true
	}
	subject, status, ok := strings.Cut(signature, " ")
	if !ok || len(status) != 3 || !statusCode.MatchString(status) {
		return false
	}
	return strings.Contains(line, subject) && strings.Contains(line, status)
}

// symptoms reads a list, or the sentences, of a part.
func (b *scenarioBuilder) symptoms(k *node) {
	b.takeHead(k)
	if k.label != nil && k.label.rest != "" {
		for _, s := range strings.Split(k.label.rest, "; ") {
			b.addSymptom(s, k.start)
		}
	}
	b.symptomBlocks(k.blocks)
	if k.label != nil && hasCommandBlock(k.blocks) {
		b.untitled(k)
	}
	b.symptomKids(k)
}

// symptomKids reads the labels and headings that sort the symptoms, however deep.
func (b *scenarioBuilder) symptomKids(k *node) {
	for _, kk := range k.kids {
		switch {
		case kk.used || kk.level != otherRank && !kk.isHeading():
		case kk.label != nil && hasCommandBlock(kk.blocks):
			b.resolution(kk)
			kk.used = true
		default:
			b.takeHead(kk)
			if kk.label != nil && kk.label.rest != "" {
				b.addSymptom(kk.title+": "+kk.label.rest, kk.start)
			}
			b.symptomBlocks(kk.blocks)
			kk.used = true
			b.symptomKids(kk)
		}
	}
}

func (b *scenarioBuilder) symptomBlocks(blocks []*block) {
	for _, blk := range blocks {
		if blk.kind == codeBlock && blk.isCommands() {
			return
		}
		switch blk.kind {
		case paragraphBlock:
			if strings.HasPrefix(blk.lines[0], ":::") || strings.HasPrefix(blk.lines[0], "!!! ") {
				continue // an admonition
			}
			if t := plain(strings.Join(blk.lines, " ")); !strings.HasSuffix(t, ":") {
				b.addSymptom(strings.Join(blk.lines, " "), blk.at[0])
				b.take(blk.span)
			}
		case listBlock:
			for _, item := range blk.kids {
				if t := rawItem(item); t != "" {
					b.addSymptom(t, item.start)
					b.take(itemHead(item))
				}
				if len(item.kids) > 1 {
					b.symptomBlocks(item.kids[1:])
				}
			}
		}
	}
}

func (b *scenarioBuilder) addSymptom(text string, at int) {
	if text == "" {
		return
	}
	s := b.symptom(text)
	s.ID = b.s.ID + ".symptom-" + strconv.Itoa(len(b.s.Symptoms)+1)
	s.Line = b.doc.line(at)
	if s.Predicate != nil && b.route != "" && s.Subject == "" && (s.Signal == signal.ErrorRatio || s.Signal == signal.LatencyP95) {
		s.Subject = b.route
	}
	b.s.Symptoms = append(b.s.Symptoms, s)
}
