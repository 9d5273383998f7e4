package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// goodSignature is one that the conductor of the tests believes.
const goodSignature = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n"

// Ask asks as the real conductor does, for the whole procedure.
func (c *conductor) Ask(ctx context.Context, j incident.Journal, p action.Plan, _ map[string]string, actor incident.Actor) (incident.Approval, []incident.Event, error) {
	if a, ok := action.ApprovalFor(foldOf(j), p); ok {
		return a, nil, nil
	}
	now := time.Now()
	ask := action.Ask{
		Title: p.Ref.Title, Runbook: p.Runbook, Part: p.Ref.Part, First: p.Ref.Step, Plan: p.Hash, Deed: p.Deed(),
		Host: "prod-1", Incident: 1, By: actor, Until: now.Add(action.ApprovalTime).UTC(), Nonce: p.Op,
	}
	proc, _ := c.follows().ProcedureByID(p.Ref.Part)
	for _, s := range proc.Steps {
		if s.Kind != runbook.ShellStep && s.Kind != runbook.NginxStep || s.Risk == shell.Reads {
			continue
		}
		ask.Steps = append(ask.Steps, action.AskedStep{ID: s.ID, Title: s.Title, Text: s.Text})
	}
	ask.Seal()
	raw, _ := json.Marshal(ask)
	plan, _ := json.Marshal(p)
	events, err := j.Append(ctx, incident.Draft{Type: incident.Asked, Actor: actor, Data: incident.AskedData{
		Hash: ask.Hash, Title: ask.Title, Needs: action.Approvers(*p.Approval), Until: ask.Until, Ask: raw, Plan: plan,
	}})
	return incident.Approval{}, events, err
}

// Approve believes one signature, and whatever is said.
func (c *conductor) Approve(ctx context.Context, j incident.Journal, hash string, given action.Consent, actor incident.Actor) ([]incident.Event, error) {
	g := incident.GrantedData{Hash: hash, How: given.How, By: given.Text}
	switch given.How {
	case incident.BySignature:
		if g.By = "john@example.com"; strings.TrimSpace(given.Text) != strings.TrimSpace(goodSignature) {
			return nil, errors.New("approve: it was made for another plan")
		}
	case incident.ByException:
		g.By, g.Reason = "", given.Text
	}
	return j.Append(ctx, incident.Draft{Type: incident.Granted, Actor: actor, Data: g})
}

// Await waits as the real one does, and expires what nobody gives.
func (c *conductor) Await(ctx context.Context, j incident.Journal, hash string) ([]incident.Event, error) {
	for !c.closed.Load() {
		a, ok := foldOf(j).ApprovalOf(hash)
		switch {
		case !ok:
			return nil, errors.New("nobody asked for it")
		case !a.Waits():
			return j.Since(a.Seq - 1)
		case time.Now().After(a.Until):
			if _, err := j.Append(ctx, incident.Draft{Type: incident.Expired, Data: incident.ExpiredData{Hash: hash}}); err != nil {
				return nil, err
			}
		default:
			time.Sleep(time.Second)
		}
	}
	return nil, nil
}

func (c *conductor) Means(incident.Actor) action.Means { return c.means }

// approved says whether somebody agreed to a plan, by what the journal has.
func approved(j incident.Journal, p action.Plan) (incident.Approval, bool) {
	a, ok := action.ApprovalFor(foldOf(j), p)
	return a, ok && a.Granted != nil
}

func foldOf(j incident.Journal) incident.Incident {
	all, _ := j.Since(0)
	inc, _ := incident.Fold(all)
	return inc
}

func (r *rig) killSwitch() {
	r.t.Helper()
	r.press(":")
	r.write("kill switch")
	r.press("enter")
	r.shows("needs approval", "Waiting for approval, good once, 10:00 left")
}

// TestApproval: the kill switch asks for somebody else once, by whatever a team has set up, and the
// answer is good for every step of it.
func TestApproval(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.killSwitch()
		r.press("y", "enter")
		r.shows("enter approves nothing")
		r.press("4")
		r.write("John Doe")
		r.press("enter")
		r.shows("approved by John Doe (said, not signed)", "y run it")
		r.press("y")
		r.wait(5 * time.Second)
		r.press(".")
		r.wait(time.Second)
		r.shows("approved by John Doe (said, not signed)", "y run it")
		r.hides("needs approval")
	})
}

// TestSignedApproval: what is pasted is handed in when it is whole, however the terminal gives it.
func TestSignedApproval(t *testing.T) {
	for name, give := range map[string]func(*rig){
		"a paste": func(r *rig) { r.send(tea.PasteMsg{Content: goodSignature}) },
		"in two": func(r *rig) {
			r.send(tea.PasteMsg{Content: goodSignature[:40]}, tea.PasteMsg{Content: goodSignature[40:]})
		},
		"key by key": func(r *rig) {
			for i, line := range strings.Split(strings.TrimSpace(goodSignature), "\n") {
				if i > 0 {
					r.press("enter")
				}
				r.write(line)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			drive(t, large, func(r *rig) {
				r.conductor.means.NoName = "there are keys"
				r.diagnose()
				r.killSwitch()
				r.hides("say who agreed")
				r.send(tea.PasteMsg{Content: strings.Replace(goodSignature, "U1N", "AAA", 1)})
				r.shows("it was made for another plan")
				r.send(tea.PasteMsg{Content: "rm -rf /\n"})
				r.shows("that is no signature")
				give(r)
				r.shows("approved by john@example.com, signed", "y run it")
			})
		})
	}
}

// TestTheWaitGoesOn without the dialog, is what is next, and ends by itself.
func TestTheWaitGoesOn(t *testing.T) {
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.killSwitch()
		asked := r.conductor.asked
		r.press("esc")
		r.next("Waiting for approval 10:00: Emergency Kill Switch")
		r.wait(2 * time.Minute)
		r.next("Waiting for approval 8:00: Emergency Kill Switch")
		r.press(":")
		r.write("approve a plan")
		r.press("enter")
		r.shows("good once, 8:00 left")
		if r.conductor.asked != asked {
			t.Error("another plan was made, which nobody was asked to approve")
		}
		// Elsewhere somebody agrees.
		r.press("esc")
		if _, err := r.conductor.Approve(t.Context(), r.archive, foldOf(r.archive).Approvals[0].Hash,
			action.Consent{How: incident.BySaying, Text: "ben"}, incident.Actor{Name: "ben"}); err != nil {
			t.Fatal(err)
		}
		r.wait(5 * time.Second)
		r.next("Approved: Emergency Kill Switch")
		r.press(".")
		r.shows("approved by ben", "y run it")
	})
	drive(t, large, func(r *rig) {
		r.diagnose()
		r.killSwitch()
		r.wait(11 * time.Minute)
		r.shows("No approval: nobody gave it in time", "enter asks again")
		r.press("enter")
		r.wait(time.Second)
		r.shows("Waiting for approval, good once")
		r.press("esc", ":")
		r.write("approve a plan")
		r.hides("no plan waits for approval")
	})
}
