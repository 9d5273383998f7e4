package runbook

import (
	"slices"
	"strings"
	"testing"
)

// stepsOf writes each command of a runbook with its line and the part that it stands in.
func stepsOf(r *Runbook) string {
	var out []string
	for _, kind := range []string{"diagnosis", "resolutions", "procedures", "steps", "placeholders"} {
		out = append(out, kind+": "+strings.Join(understood(r)[kind], " "))
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return strings.HasSuffix(s, ": ") }), "; ")
}

func TestCommandsWithoutAFence(t *testing.T) {
	for text, want := range map[string]string{
		"# R\n## Restart\n\nFind the pod:\n\nkubectl get pods -n shop\n\nThen the pods are listed.\n": "procedures: 2=other; steps: 6/r",
		"# R\n## Restart\n\n- kubectl get pods\n- sudo systemctl restart <service>\n":                 "procedures: 2=other; steps: 4/r 5/c; placeholders: 5:<service>",
		"# R\n## Tools\n\n- kubectl and helm\n- docker images of the build\n- git\n- nginx logs\n":    "",
		"# R\n## Stop it\n\nShut it down. Command: `sudo systemctl stop web`\n\n1. Wait\n":            "",
		"# R\n## Rollback\n\nShut it down. Command: `sudo systemctl stop web`\n\n1. Wait\n":           "procedures: 2=rollback; steps: 4/c",
		"# R\n## Rollback\n\n1. Stop it with the command: `our-ctl off`\n":                            "procedures: 2=rollback; steps: 4/u",
		"# R\n## Rollback\n\nIf `kubectl config current-context` shows another, stop.\n\n1. Wait\n":   "procedures: 2=rollback",
		"# R\n## Rollback\n\n1. Look with the command on it: `select a from b;`\n":                    "procedures: 2=rollback",
		"# R\n## Look\n\n```yaml\nkubectl get pods --all-namespaces\n```\n":                           "procedures: 2=other; steps: 5/r",
		"# R\n## Look\n\n```yaml\nargs: kubectl --all\n```\n":                                         "",
	} {
		if got := stepsOf(parsed(t, text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestCommandsOfAScenarioWithoutALabel(t *testing.T) {
	head := "# R\n## Common issues\n\n### Disk full\n\n"
	for text, want := range map[string]string{
		"```sh\ndf -h\ndu -sh /var\n# clear\nrm -rf /var/tmp/x\ndf -h\n```\n": "diagnosis: 7 8; resolutions: 10; steps: 7/r 8/r 10/d 11/r",
		"```sh\ndf -h\n```\n":                         "diagnosis: 7; steps: 7/r",
		"```sh\nrm -rf /var/tmp/x\ndf -h\n```\n":      "resolutions: 6; steps: 7/d 8/r",
		"1. `df -h`\n2. `rm -rf /var/tmp/x`\n3. Wait": "resolutions: 6 7 8; steps: 6/r 7/d",
	} {
		if got := stepsOf(parsed(t, head+text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestSeverityOfAChapterAndOfSeveralTimes(t *testing.T) {
	r := parsed(t, "# R\n## Severity\n| Sev | Definition | Response time |\n|---|---|---|\n| Sev 1 | all is down | <5 min ack, <15 min response |\n| Sev 2 | half is | 1 hour |\n"+
		"\n## Sev 1 playbook\n\n### T+0\n1. Call\n\n### T+1h\n1. Say so\n\n## Common Sev 2 scenarios\n\n### Scenario: slow\n**Symptoms:** slow\n**Actions:**\n1. Wait\n")
	got := understood(r)
	for kind, want := range map[string]string{"severities": "1=Sev_1@900 2=Sev_2@3600", "scenarios": "18/2", "procedures": "8=other"} {
		if strings.Join(got[kind], " ") != want {
			t.Errorf("%s: %s, want %s", kind, got[kind], want)
		}
	}
}

func TestMessagesOutsideTheirChapter(t *testing.T) {
	for text, want := range map[string]string{
		"## 2. Declare\n\n1. Open a channel\n2. Post:\n\n```\nINCIDENT DECLARED\n\nSummary: [what]\nImpact: [who]\n```\n":                      "3=initial",
		"## 5. Close\n\n```\n✅ INCIDENT RESOLVED\n\nDuration: [X hours]\nCause: [why]\n```\n":                                                  "3=resolution",
		"## 5. Close\n\n```\n✅ INCIDENT RESOLVED\n\nDuration: 3 hours\nCause: full disk\n```\n":                                                "",
		"## Message templates\n\n- **Initial:** \"Investigating [issue]\"\n- **Resolved:** `Done with [issue] now`\n- **Tone:** \"be calm\"\n": "5=initial 6=resolution",
		"## Message templates\n\n**Update**: `[WEB] is slow. Next: [TIME]`\n":                                                                  "5=update",
		"## Commands\n\n- **Update:** `git pull <remote> now`\n":                                                                               "",
		"## Logs\n\n```\n[main] started\n[pool] ready\n[http] listening\n```\n":                                                                "",
	} {
		if got := strings.Join(understood(parsed(t, "# R\n\n"+text))["templates"], " "); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestPlaybookChapterOfOneCase(t *testing.T) {
	got := understood(parsed(t, "# PodStuck\n\n## Meaning\n\nIt hangs.\n\n## Playbook\n\n### By hand\n\n1. Look\n\n### By machine\n\n1. Ask\n\n## Diagnosis\n\n1. Think\n"))
	if s := strings.Join(got["scenarios"], " "); s != "1/-" {
		t.Errorf("scenarios %s, want the one case at line 1", s)
	}
}

func TestAcknowledgementInProse(t *testing.T) {
	head := "# R\n\n## Severity levels\n\n- Sev1: all is down\n- Sev2: half is\n\n## On call\n\n"
	for text, want := range map[string]string{
		"Ack Sev1 within 5 minutes and Sev2 within half an hour.": "1=Sev1@300 2=Sev2@1800",
		"Ack Sev1 within 5 minutes and Sev2 in under 30 minutes.": "1=Sev1@300 2=Sev2@1800",
		"- Acknowledge SEV2 pages within 10 minutes":              "1=Sev1@- 2=Sev2@600",
		"If nobody does not ack a Sev1 within 5 minutes, call.":   "1=Sev1@- 2=Sev2@-",
		"Sev1 was acknowledged 5 minutes later.":                  "1=Sev1@- 2=Sev2@-",
	} {
		if got := strings.Join(understood(parsed(t, head+text+"\n"))["severities"], " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestQueryInLowerCase(t *testing.T) {
	for text, want := range map[string]string{
		"select count(*)\nfrom a\nwhere b;\ndf -h\n": "procedures: 2=other; steps: 7/r",
		"select x in a b; do echo $x; done\ndf -h\n": "procedures: 2=other; steps: 4/r 5/r",
	} {
		if got := stepsOf(parsed(t, "# R\n## Look\n```bash\n"+text+"```\n")); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
