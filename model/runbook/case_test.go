package runbook

import "testing"

func TestConditionalSeverity(t *testing.T) {
	for text, want := range map[string]string{
		"SEV-3 (unless affecting all users → SEV-2)": `{3 affecting all users 2}`,
		"SEV-3, unless affecting all users -> SEV-2": `{3 affecting all users 2}`,
		"SEV-2":                            `{2}`,
		"P1 (P0 if payments are affected)": `{2 payments are affected 1}`,
		"SEV-2; escalate to SEV-1 if the outage lasts an hour": `{2 the outage lasts an hour 1}`,
		"SEV-1 if all users are affected, SEV-2 otherwise":     `{2 all users are affected 1}`,
		"Critical": `{1}`,
		"depends":  `{0}`,
	} {
		p := &parse{doc: newDocument(nil), rb: &Runbook{Severities: []Severity{
			{Level: 1, Names: []string{"SEV-1", "P0", "Critical"}}, {Level: 2, Names: []string{"SEV-2", "P1", "High"}},
			{Level: 3, Names: []string{"SEV-3", "P2", "Medium"}}, {Level: 4, Names: []string{"SEV-4", "P3", "Low"}},
		}}}
		b := scenarioBuilder{parse: p, s: &Scenario{}}
		b.caseSeverity(text)
		got := "{" + string(rune('0'+b.s.Severity.Level))
		for _, u := range b.s.Severity.Unless {
			got += " " + u.Text + " " + string(rune('0'+u.Level))
		}
		if got += "}"; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestSeverityShapes(t *testing.T) {
	for name, text := range map[string]string{
		"headings":        "# R\n## Severity Levels\n### SEV-1: Critical (P0)\n**Response Time**: < 15 minutes\n### SEV-2: High (P1)\n**Response Time**: < 30 minutes\n",
		"spelled":         "# R\n## Severities\n### Sev 1 (P0) - Critical\n- Response: 15 min\n### Sev 2 (P1) - High\n- Response: 30 min\n",
		"table":           "# R\n## Severity\n| Level | Name | Response Time |\n|---|---|---|\n| SEV-1 / P0 | Critical | < 15 min |\n| SEV-2 / P1 | High | 30 minutes |\n",
		"bold paragraphs": "# R\n## Incident Severity\n\n**SEV-1 - Critical (P0)**\n- Response time: 15 minutes\n\n**SEV-2 - High (P1)**\n- Response time: 30 minutes\n",
		"list":            "# R\n## Severity levels\n- **SEV-1 (P0, Critical)**: everything is down\n- **SEV-2 (P1, High)**: half of it is\n",
		"bold labels":     "# R\n## Severity\n\n**SEV-1** (P0, Critical): everything is down\n\n**SEV-2** (P1, High): half of it is\n",
	} {
		r := parsed(t, text)
		if len(r.Severities) != 2 {
			t.Errorf("%s: %d severities", name, len(r.Severities))
			continue
		}
		for i, want := range []string{`["SEV-1","P0","Critical"]`, `["SEV-2","P1","High"]`} {
			s := r.Severities[i]
			got := short(t, s.Names)
			if name == "spelled" {
				want = `["Sev ` + want[6:]
			}
			if got != want || s.Level != i+1 {
				t.Errorf("%s: level %d %s, want %s", name, s.Level, got, want)
			}
			if seconds := []float64{900, 1800}[i]; s.Response != nil && *s.Response != seconds {
				t.Errorf("%s: response %g, want %g", name, *s.Response, seconds)
			}
			if s.Response == nil && s.Impact == "" {
				t.Errorf("%s: %s has neither response nor impact", name, s.Name())
			}
		}
	}
}

func TestScenarioLabels(t *testing.T) {
	body := []string{"- error rate > 20%", "```bash\npm2 list\n```", "1. Restart\n```bash\npm2 restart app\n```"}
	for name, heads := range map[string][3]string{
		"bold, colon outside": {"**Symptoms**:", "**Diagnosis**:", "**Resolution**:"},
		"bold, colon inside":  {"**Signs:**", "**Investigation:**", "**Mitigation:**"},
		"bold alone":          {"**Symptoms**", "**Triage**", "**Fix**"},
		"headings":            {"### Symptoms", "### Investigation", "### Remediation"},
		"emoji":               {"### 🔍 Symptoms", "### 🩺 Diagnosis", "### 🛠 Solution"},
		"numbered":            {"### 1. Symptoms", "### 2. Diagnosis Steps", "### 3. Resolution Steps"},
		"plain words":         {"Symptoms:", "Diagnosis:", "Resolution:"},
	} {
		text := "# R\n\n## Common Issues\n\n## Scenario 7: App down\n"
		for i, h := range heads {
			text += "\n" + h + "\n\n" + body[i] + "\n"
		}
		text += "\n**Severity**: SEV-2\n"
		r := parsed(t, text)
		if len(r.Scenarios) != 1 {
			t.Errorf("%s: %d scenarios", name, len(r.Scenarios))
			continue
		}
		s := r.Scenarios[0]
		if s.Number != 7 || len(s.Symptoms) != 1 || s.Symptoms[0].Kind != Measured || len(s.Diagnosis) != 1 || len(s.Resolution) != 1 || len(s.Resolution[0].Steps) != 1 || s.Severity.Level != 2 {
			t.Errorf("%s: %s", name, short(t, s))
		}
	}
}

func TestMend(t *testing.T) {
	for text, want := range map[string]string{
		"ðŸš¨ **INCIDENT**":  "🚨 **INCIDENT**",
		"Console â†’ Run":    "Console → Run",
		"âš\u00a0ï¸ CAUTION": "⚠️ CAUTION",
		"âœ… done":           "✅ done",
		"café à la crème":    "café à la crème",
		"naïve Âb":           "naïve Âb",
		"Größe: 5 µs":        "Größe: 5 µs",
		"â alone":            "â alone",
		"plain":              "plain",
	} {
		if got := mend(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"**Bold** and *it* and `code_x`":        "Bold and it and code_x",
		"[label](https://x.io/a_b) here":        "label (https://x.io/a_b) here",
		"[top](#top) <https://x.io>":            "top https://x.io",
		"[ops@x.io](mailto:ops@x.io)":           "ops@x.io",
		"git checkout <last-known-good-commit>": "git checkout <last-known-good-commit>",
		"a<br>b <b>c</b> &amp; d":               "a b c & d",
		"snake_case_name 2 * 3 * 4":             "snake_case_name 2 * 3 * 4",
		"**[X]** stays":                         "[X] stays",
		`\*not bold\*`:                          "*not bold*",
	} {
		if got := plain(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestFrontMatterAndOddFiles(t *testing.T) {
	r := parsed(t, "---\ntitle: Payments\nowner: ana\ntags: [a, b]\n---\n\n## Severity\n\n- P0: down\n- P1: slow\n")
	if r.Title != "Payments" || r.Metadata["owner"] != "ana" || r.Metadata["tags"] != "a, b" || len(r.Severities) != 2 {
		t.Errorf("front matter: %q %v %d", r.Title, r.Metadata, len(r.Severities))
	}
	crlf := "# R\r\n\r\n## Severity Levels\r\n\r\n### SEV-1\r\n\r\n**Impact**: down\r\n\r\n### SEV-2\r\n\r\n**Impact**: slow\r\n"
	if r := parsed(t, crlf); len(r.Severities) != 2 || r.Severities[0].Impact != "down" || rebuilt(r) != crlf {
		t.Errorf("CRLF: %s", short(t, r.Severities))
	}
	if r := parsed(t, "\xef\xbb\xbf# Title\n\ntext\n"); r.Title != "Title" {
		t.Errorf("byte order mark: %q", r.Title)
	}
	open := parsed(t, "# R\n\n```bash\npm2 list\n\n## Rollback\n\n```bash\npm2 restart app\n```\n")
	if len(open.Procedures) != 2 {
		t.Errorf("unclosed fence: %d procedures", len(open.Procedures))
	}
	if r, err := Parse("runbooks/my_service.md", []byte("only words\n")); err != nil || r.Title != "my service" || len(r.Warnings) != 1 {
		t.Errorf("no title: %v %q", err, r.Title)
	}
}
