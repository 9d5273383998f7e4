package probe

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"calm/model/signal"
	"calm/ops/reading"
)

// Page asks a page and looks for a marker in it, as `curl … | grep -c marker` does.
type Page struct {
	client *Client
	marker []byte
}

// NewPage makes a source for a page and the text that must be on it.
func NewPage(url, marker string) *Page {
	return &Page{client: NewClient(url, "text/html, */*;q=0.1"), marker: []byte(marker)}
}

// Name is "page".
func (p *Page) Name() string { return "page" }

// Close ends the kept connection.
func (p *Page) Close() { p.client.Close() }

// Collect says whether the marker is on the page. A page that is not served with a status of
// success says nothing, and neither does one that is too long to be read whole.
func (p *Page) Collect(ctx context.Context) ([]signal.Sample, error) {
	b := reading.New(p.client.Name(), time.Now())
	a, err := p.client.Get(ctx)
	if err != nil {
		return b.Fail(err, signal.Widget)
	}
	switch found := len(p.marker) > 0 && bytes.Contains(a.Body, p.marker); {
	case len(p.marker) == 0:
		b.Unknown("no marker to look for", signal.Widget)
	case !a.OK():
		b.Unknown("HTTP "+strconv.Itoa(a.Status), signal.Widget)
	case found:
		b.State(signal.Widget, "yes", "")
	case a.Cut:
		b.Unknown("not in the first 1 MiB of the page", signal.Widget)
	case len(a.Body) == 0:
		b.Unknown("the page is empty", signal.Widget)
	default:
		b.State(signal.Widget, "no", "")
	}
	return b.Samples, nil
}
