package practice

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"calm/ops"
)

// Fault is something that can be made to go wrong on the host.
type Fault struct {
	Name     string `json:"name"`
	Number   int    `json:"number"`   // of the runbook's scenario, 1 to 5; 0 when it belongs to none
	Title    string `json:"title"`    // what goes wrong, for people
	Scenario string `json:"scenario"` // the runbook's part that treats it

	apply func(context.Context, *Host) error
}

// tabs is how many dashboards are opened for the faults of the connection pool, which has ten.
const tabs = 12

// faults is the table behind Faults. The README of this package says what cures each.
var faults = []Fault{
	{"flag-off", 1, "The concierge's flag is off in the app's environment", "Scenario 1: Widget Button Not Appearing", flagOff},
	{"products-failing", 2, "The index behind the product search is gone", "Scenario 2: High Error Rate on /api/support/products", productsFailing},
	{"pool-held", 3, "Closed dashboards still hold every database connection", "Scenario 3: Database Connection Pool Exhausted", poolHeld},
	{"pool-held-again", 3, "Open dashboards hold every database connection and come back after a restart", "Scenario 3: Database Connection Pool Exhausted", poolHeldAgain},
	{"deepseek-429", 4, "The DeepSeek account's limit is used up", "Scenario 4: DeepSeek API Rate Limit Exceeded", deepSeekLimited},
	{"leak", 5, "A release keeps every search in memory, under a small heap", "Scenario 5: Memory Leak Causing OOM Crashes", leak},
	{"tickets-corrupted", 0, "A script has overwritten and deleted stylists' tickets", "Database Rollback", ticketsCorrupted},
	{"bad-release", 0, "A release fails on part of the searches and on every chat", "Code Rollback", badRelease},
	{"pii-leak", 0, "A release shows customers' addresses to everybody who chats", "Emergency Kill Switch", personalData},
}

// Faults lists what Fault takes, those of the five scenarios first.
func Faults() []Fault { return append([]Fault(nil), faults...) }

// Fault makes something go wrong. A host that is not at its healthy
// baseline is healed first. It returns when the
// cause is in place; the symptoms take as long as they would take in production.
func (h *Host) Fault(ctx context.Context, name string) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := h.load(); err != nil {
		return err
	}
	for _, f := range faults {
		if f.Name == name {
			return h.applyFault(ctx, f)
		}
	}
	return ops.Errorf(ops.Invalid, "practice fault "+name, "no such fault: choose one of %s", faultNames())
}

func (h *Host) applyFault(ctx context.Context, f Fault) error {
	if h.rec.Fault != "" || h.unhealthy(ctx) != "" {
		if err := h.heal(ctx); err != nil {
			return err
		}
	}
	h.log("fault " + f.Name + ": " + f.Title)
	h.rec.Fault, h.rec.FaultAt = f.Name, time.Now().UTC()
	// Remembered before it is done: what is half applied must be healed too.
	if err := h.save(); err != nil {
		return err
	}
	return f.apply(ctx, h)
}

func faultNames() string {
	var list string
	for i, f := range faults {
		if i > 0 {
			list += ", "
		}
		list += f.Name
	}
	return list
}

func flagOff(ctx context.Context, h *Host) error {
	return h.restartApp(ctx, "NEXT_PUBLIC_CONCIERGE_ENABLED=false")
}

func productsFailing(ctx context.Context, h *Host) error {
	return h.mongosh(ctx, `db.products.dropIndex({ readyToShip: 1, category: 1 })`)
}

// poolHeld opens dashboards and closes them again once they hold the pool. The app never ends what it
// reads for them.
func poolHeld(ctx context.Context, h *Host) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for range tabs {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.siteURL()+"/admin/tickets/live", nil)
		if err != nil {
			return ops.Wrap("practice fault", err)
		}
		res, err := freshClient().Do(req)
		if err != nil {
			return ops.Wrap("GET /admin/tickets/live", err)
		}
		defer func() { _ = res.Body.Close() }()
	}
	return h.poolIsHeld(ctx)
}

func poolHeldAgain(ctx context.Context, h *Host) error {
	env := []string{"NGINX_PORT=" + strconv.Itoa(h.rec.Ports.Nginx), "TABS=" + strconv.Itoa(tabs)}
	if err := h.start("dashboards", env, h.rec.Tools.Node, h.path("world", "dashboards.mjs")); err != nil {
		return err
	}
	return h.poolIsHeld(ctx)
}

func (h *Host) poolIsHeld(ctx context.Context) error {
	held := func() bool {
		status, _, err := h.get(ctx, "/api/health?check=db")
		return err == nil && status == http.StatusServiceUnavailable
	}
	if !poll(ctx, startWithin, held) {
		return ops.Errorf(ops.Timeout, "practice fault", "the dashboards did not take the whole pool: see %s", h.path("pm2", "logs"))
	}
	return nil
}

func deepSeekLimited(ctx context.Context, h *Host) error { return h.startDeepSeek(ctx, reducedLimit) }

func leak(ctx context.Context, h *Host) error {
	return h.deploy(ctx, "leak", "Keep a search's catalogue for its next page", "NODE_OPTIONS="+smallHeap)
}

func ticketsCorrupted(ctx context.Context, h *Host) error {
	return h.mongosh(ctx, `
		db.stylistTickets.updateMany({ reference: { $gt: "T-1096" } }, { $set: { customer: "[object Object]", messages: null, status: "undefined" } });
		db.stylistTickets.deleteMany({ reference: { $lt: "T-1025" } })`)
}

func badRelease(ctx context.Context, h *Host) error {
	return h.deploy(ctx, "bad", "Accept categories in any case")
}

func personalData(ctx context.Context, h *Host) error {
	return h.deploy(ctx, "pii", "Give the widget what others asked")
}
