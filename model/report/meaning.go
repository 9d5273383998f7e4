package report

import (
	"strings"
	"time"

	"calm/model/incident"
	"calm/model/pattern"
	"calm/model/signal"
)

// place is a field where it stands: its own words and the words around it, in lower case.
type place struct {
	inner  string // within the brackets
	label  string // what stands before it on its line, or the label or heading above it
	before string // the text just before it, as written
	row    bool   // inside a table
	bullet bool   // the whole of a list item
}

// both is everything that may say what the field is.
func (p place) both() string { return p.label + " | " + p.inner }

// answer is what is known for a field. Lines are separate statements, one bullet each where the
// field is a bullet of its own.
type answer struct {
	lines []string
	from  string
	hint  string
}

func one(value, from string) answer {
	if value == "" {
		return answer{}
	}
	return answer{lines: []string{value}, from: from}
}

func hint(h string) answer { return answer{hint: h} }

// meaning is a kind of field, told by its words. The first that matches decides, so that what only
// a person can say ("ETA", "explanation") is kept from the looser patterns below it.
type meaning struct {
	words *pattern.Pattern
	in    func(place) string
	know  func(facts, place) answer
	only  func(place) bool // a further condition; nil is none
}

// timely says whether a field asks for a time at all: "RESOLVED: [Service name]" does not.
func timely(p place) bool { return timeWords.MatchString(p.inner) || timeLabel.MatchString(p.label) }

// bareDate says whether a field asks for a date without saying of what.
func bareDate(p place) bool { return bareDates.MatchString(p.inner) }

// ranked says whether a bare X stands for a level: "SEV-[X]".
func ranked(p place) bool {
	return rankWords.MatchString(p.before) || strings.Contains(p.label, "severity")
}

var (
	timeWords   = re(`\b(time|date|when|utc|timestamp|at)\b|hh|yyyy|began|started`)
	timeLabel   = re(`\btime\b|\bat$|^started$|^began$`)
	bareDates   = re(`^(date|time|date/time|when|link|url|yyyy.*)$`)
	optionMarks = re(`\s*(?:[/|,]|\bor\b)\s*`)
	rankWords   = re(`(?i)(sev|severity|\bp)[- ]?$`)
)

func inner(p place) string { return p.inner }
func label(p place) string { return p.label }
func both(p place) string  { return p.both() }

func re(s string) *pattern.Pattern { return pattern.New(s) }

var meanings = []meaning{
	{words: re(`^(incident )?id$|^incident (number|no\.?|#)$|^inc-`), in: inner, know: number},
	{words: re(`^\d+( ?/ ?\d+)+$`), in: inner, know: func(f facts, _ place) answer {
		if f.cadence < time.Minute {
			return answer{}
		}
		return one(itoa(int(f.cadence/time.Minute)), "clock")
	}},
	{words: re(`(investigating|identified|monitoring|mitigated|resolved)\b.*[/|,].*(identified|monitoring|mitigated|resolved)`), in: inner, know: status},
	{words: re(`^yes ?/ ?no$`), in: inner, know: func(f facts, p place) answer { return hint(f.target(p)) }},
	{words: re(`sentence|paragraph|describ.* what happened|executive summary`), in: inner, know: func(f facts, _ place) answer { return hint(f.sum()) }},
	{words: re(`post-?\s?mortem|review|meeting|retro`), in: label, know: nobody, only: bareDate},
	{words: re(`\bdue\b|deadline|\bowner\b|scheduled`), in: label, know: nobody},
	{words: re(`root cause`), in: both, know: func(f facts, _ place) answer { return hint(f.scenario()) }},
	{words: re(`explanation|explain|contributing|if applicable|why |lesson|went well|improve|workaround|blocker|learned|link|\bowner\b|measurable|another action|action item|\bdue\b|ticket`), in: inner, know: nobody},
	{words: re(`revenue|cost|\$|users? (affected|impact)|user impact|% of users|percentage of users|number or percentage|customers affected`), in: both, know: func(f facts, _ place) answer {
		if s := f.failed(); s != "" {
			return hint(s + " failed (" + f.Failed.Source + ")")
		}
		return answer{}
	}},
	{words: re(`\beta\b|estimate|expected|time to resol`), in: both, know: nobody},
	{words: re(`\bcommands?\b`), in: inner, know: func(f facts, _ place) answer { return one(f.commands(), "journal") }},
	{words: re(`^[xn#?]$`), in: inner, know: level, only: ranked},
	{words: re(`^(sev|p)[- ]?[xn#?\d]( ?[/|,] ?(sev|p)?[- ]?\d)*$|severity|\bsev[- ]?[x\d]|priority`), in: inner, know: level},
	{words: re(`severity|\bsev-?$`), in: label, know: level},
	{words: re(`next update`), in: both, know: func(f facts, _ place) answer {
		if f.cadence <= 0 || f.status() == "resolved" {
			return answer{}
		}
		return one(f.when(f.Now.Add(f.cadence)), "clock")
	}},
	{words: re(`down ?time|total minutes`), in: both, know: func(f facts, p place) answer {
		return one(f.downtime(strings.Contains(p.inner, "minute")), "timeline")
	}},
	{words: re(`^start( time)?$`), in: inner, know: began},
	{words: re(`^end( time)?$`), in: inner, know: at(func(i incident.Incident) time.Time { return i.ResolvedAt })},
	{words: re(`declared by`), in: label, know: func(f facts, _ place) answer { return one(plain(f.Incident.DeclaredBy), "declaration") }},
	{words: re(`duration|how long`), in: both, know: func(f facts, _ place) answer { return one(f.duration(), "timeline") }},
	{words: re(`current time|^now$`), in: inner, know: now},
	{words: re(`^time$|^as of$|^last updated?$`), in: label, know: now},
	{words: re(`commander|\bic\b|incident lead|incident manager`), in: both, know: role(incident.IncidentCommander)},
	{words: re(`communications? lead|comms lead`), in: both, know: role(incident.CommunicationsLead)},
	{words: re(`operations? lead|ops lead|tech(nical)? lead`), in: both, know: role(incident.OperationsLead)},
	{words: re(`scribe`), in: both, know: role(incident.Scribe)},
	{words: re(`on-?call|responder$|your name`), in: inner, know: role(incident.IncidentCommander)},
	{words: re(`participant|responders|everyone|all who|who helped|people involved|team members`), in: both, know: people},
	{words: re(`planned|next steps?|what.s next`), in: both, know: func(f facts, _ place) answer { return hint(f.planned()) }},
	{words: re(`description of (the )?fix|what fixed|what was fixed|fixed it|to resolve the|how (it|this) was (fixed|resolved)|resolution applied|fix applied`), in: inner, know: fix},
	{words: re(`immediate fix|^resolution$|^fix$`), in: label, know: fix},
	{words: re(`(what|actions?|steps?) .*(done|taken|tried)|progress so far|mitigation steps`), in: inner, know: func(f facts, _ place) answer {
		return answer{lines: f.done(), from: "timeline"}
	}},
	{words: re(`resolved|end(ed)? time|time ended|recovered at|^end$`), in: both, know: at(func(i incident.Incident) time.Time { return i.ResolvedAt }), only: timely},
	{words: re(`mitigated`), in: both, know: at(func(i incident.Incident) time.Time { return i.MitigatedAt }), only: timely},
	{words: re(`acknowledged|acked`), in: both, know: at(func(i incident.Incident) time.Time { return i.AckedAt }), only: timely},
	{words: re(`declared`), in: both, know: at(func(i incident.Incident) time.Time { return i.DeclaredAt }), only: timely},
	{words: re(`start|began|begin|onset`), in: both, know: began, only: timely},
	{words: re(`timestamp|update time`), in: inner, know: now},
	{words: re(`yyyy|\bdate\b`), in: inner, know: date},
	{words: re(`^date$|incident date`), in: label, know: date},
	{words: re(`who/?what|who is affected|what is affected|impact`), in: both, know: func(f facts, _ place) answer { return hint(f.impact()) }},
	{words: re(`affected (systems?|services?|components?)|(systems?|services?|components?) affected`), in: both, know: service},
	{words: re(`^service( name)?$|^application$|^system$`), in: inner, know: service},
	{words: re(`^host(name)?$|^server$`), in: inner, know: func(f facts, _ place) answer { return one(plain(f.Incident.Host), "declaration") }},
	{words: re(`failed requests|requests failed|number of errors`), in: both, know: func(f facts, _ place) answer {
		if f.Failed == nil {
			return answer{}
		}
		return one(f.failed(), f.Failed.Source)
	}},
	{words: re(`error (rate|ratio)`), in: inner, know: reading(signal.ErrorRatio)},
	{words: re(`latency|response time`), in: inner, know: reading(signal.LatencyP95)},
	{words: re(`incident (id|number|no\.?|#)|\binc-`), in: both, know: number},
	{words: re(`(brief|short|one.line) (description|summary)|^incident name$|^(incident )?(title|summary|description)$`), in: inner, know: func(f facts, _ place) answer {
		return one(plain(f.Incident.Title), "declaration")
	}},
}

// know finds what the incident knows for a field.
func (f facts) know(p place) answer {
	for _, m := range meanings {
		if m.words.MatchString(m.in(p)) && (m.only == nil || m.only(p)) {
			return m.know(f, p)
		}
	}
	return answer{}
}

func nobody(facts, place) answer { return answer{} }

// status picks, of the words that the template offers, the one for where the incident stands.
func status(f facts, p place) answer {
	want := f.status()
	options := optionMarks.Split(p.inner, -1)
	// A list without a word of its own for a stage has it in the stage before.
	stages := []string{"resolved", "monitoring", "identified", "investigating"}
	from := 0
	for i, s := range stages {
		if s == want {
			from = i
		}
	}
	for _, s := range stages[from:] {
		for _, o := range options {
			if strings.HasPrefix(o, s[:len(s)-3]) {
				return one(strings.ToUpper(o[:1])+o[1:], "timeline")
			}
		}
	}
	return answer{}
}

// level writes the severity the way the field asks: "SEV-[X]" wants the number alone, "[SEV-X]"
// the name.
func level(f facts, p place) answer {
	if f.Incident.Level <= 0 {
		return answer{}
	}
	names := append([]string{f.level(f.Incident.Level)}, f.severity.Names...)
	before := strings.ToLower(p.before)
	for _, n := range names {
		i := strings.IndexAny(n, "0123456789")
		if i > 0 && strings.HasSuffix(before, strings.ToLower(n[:i])) {
			return one(n[i:], "declaration")
		}
	}
	if strings.HasSuffix(before, "sev") {
		return one("-"+itoa(f.Incident.Level), "declaration")
	}
	if strings.HasPrefix(p.inner, "p") {
		for _, n := range names {
			if strings.HasPrefix(n, "P") {
				return one(n, "declaration")
			}
		}
	}
	return one(names[0], "declaration")
}

// number is the incident's own, as it stands after "#" or within a longer name.
func number(f facts, p place) answer {
	if f.Incident.Number <= 0 {
		return answer{}
	}
	if n := len(p.before); n > 0 && strings.ContainsRune("#-", rune(p.before[n-1])) {
		return one(itoa(f.Incident.Number), "journal")
	}
	return one("#"+itoa(f.Incident.Number), "journal")
}

func began(f facts, _ place) answer { return one(f.started(), "readings") }

func now(f facts, _ place) answer { return one(f.when(f.Now), "clock") }

func role(name string) func(facts, place) answer {
	return func(f facts, _ place) answer { return one(f.role(name), "roles") }
}

// people lists who helped, each with the @ that the template puts before the first.
func people(f facts, p place) answer {
	names, sep := f.participants(), ", "
	if strings.HasSuffix(p.before, "@") {
		sep = ", @"
	}
	return one(strings.Join(names, sep), "timeline")
}

func fix(f facts, _ place) answer {
	if lines := f.fix(); len(lines) > 0 {
		return answer{lines: lines, from: "timeline"}
	}
	return answer{}
}

func at(of func(incident.Incident) time.Time) func(facts, place) answer {
	return func(f facts, _ place) answer { return one(f.when(of(f.Incident)), "timeline") }
}

func date(f facts, p place) answer {
	t := f.began()
	if t.IsZero() {
		return answer{}
	}
	if strings.Contains(p.inner, "hh:mm") {
		return answer{} // a moment, and nothing says which
	}
	return one(day(t), "timeline")
}

func service(f facts, _ place) answer { return one(plain(f.Incident.Service), "declaration") }

func reading(n signal.Name) func(facts, place) answer {
	return func(f facts, _ place) answer {
		value, from := f.reading(n)
		return one(value, from)
	}
}

// target says how the time it took stands to what the severity asks for.
func (f facts) target(p place) string {
	if !strings.Contains(p.label, "sla") || f.severity.Resolution == nil {
		return ""
	}
	want := time.Duration(*f.severity.Resolution * float64(time.Second))
	return f.severity.Name() + " asks for a resolution within " + long(want) + "; it took " + f.duration()
}

// impact is what is known of the harm: the runbook's words for the severity, and the count.
func (f facts) impact() string {
	s := f.severity.Impact
	if n := f.failed(); n != "" {
		if s != "" {
			s += "; "
		}
		s += n + " failed"
	}
	return s
}
