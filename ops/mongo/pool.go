package mongo

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"calm/model/signal"
	"calm/ops/reading"
)

// Usage is what one client program has open at the server. A program is known by its appName, its
// address and its driver; two processes of one program on one host are one Usage.
type Usage struct {
	App         string    // appName; empty when the driver was given none
	Address     string    // without the port
	Driver      string    // "nodejs", "mongo-go-driver", "MongoDB Internal Client"
	Connections int       // open, idle ones and the driver's own monitors included
	Active      int       // with an operation that runs now, monitors left out
	Longest     float64   // seconds that the longest of them has run
	Ages        []float64 // seconds that each of them has run
}

// since leaves out the operations that began before a time. mongod goes on with what a process
// asked for when that process is gone, until it next looks at the connection.
func (u Usage) since(age float64) Usage {
	if age <= 0 || u.Longest <= age {
		return u
	}
	left := u
	left.Active, left.Longest, left.Ages = 0, 0, nil
	for _, a := range u.Ages {
		if a <= age {
			left.Active++
			left.Longest = max(left.Longest, a)
			left.Ages = append(left.Ages, a)
		}
	}
	return left
}

// usagePipeline groups what is connected on the server's side, so that the reply stays small with
// thousands of connections. A driver's monitor waits in a hello for seconds on every healthy host
// and is no use of the pool.
var usagePipeline = bson.A{
	bson.D{{Key: "$currentOp", Value: bson.D{{Key: "allUsers", Value: true}, {Key: "idleConnections", Value: true}}}},
	bson.D{{Key: "$match", Value: bson.D{
		{Key: "client", Value: bson.D{{Key: "$exists", Value: true}}},
		{Key: "appName", Value: bson.D{{Key: "$ne", Value: AppName}}},
	}}},
	bson.D{{Key: "$group", Value: bson.D{
		{Key: "_id", Value: bson.D{
			{Key: "app", Value: "$appName"},
			{Key: "address", Value: bson.D{{Key: "$arrayElemAt", Value: bson.A{
				bson.D{{Key: "$split", Value: bson.A{"$client", bson.D{{Key: "$cond", Value: bson.A{
					bson.D{{Key: "$eq", Value: bson.A{bson.D{{Key: "$substrBytes", Value: bson.A{"$client", 0, 1}}}, "["}}}, "]", ":"}}}}}}, 0}}}},
			{Key: "driver", Value: "$clientMetadata.driver.name"},
		}},
		{Key: "connections", Value: bson.D{{Key: "$sum", Value: 1}}},
		{Key: "active", Value: bson.D{{Key: "$sum", Value: bson.D{{Key: "$cond", Value: bson.A{working, 1, 0}}}}}},
		{Key: "ages", Value: bson.D{{Key: "$push", Value: bson.D{{Key: "$cond", Value: bson.A{working, "$microsecs_running", "$$REMOVE"}}}}}},
		{Key: "longest", Value: bson.D{{Key: "$max", Value: bson.D{{Key: "$cond", Value: bson.A{working, "$microsecs_running", 0}}}}}},
	}}},
	bson.D{{Key: "$limit", Value: 500}},
}

var usageCommand = encode(bson.D{
	{Key: "aggregate", Value: 1},
	{Key: "pipeline", Value: usagePipeline},
	{Key: "cursor", Value: bson.D{{Key: "batchSize", Value: 500}}},
})

// working holds for an operation that runs and is no monitor's.
var working = bson.D{{Key: "$and", Value: bson.A{
	"$active",
	absent("$command.hello"), absent("$command.isMaster"), absent("$command.ismaster"),
}}}

func absent(field string) bson.D {
	return bson.D{{Key: "$eq", Value: bson.A{bson.D{{Key: "$type", Value: field}}, "missing"}}}
}

// Clients gives what every client but calm has open. It needs the privilege inprog, which
// clusterMonitor has.
func (c *Client) Clients(ctx context.Context) ([]Usage, error) {
	ctx, cancel := context.WithTimeout(ctx, selectionTimeout)
	defer cancel()
	raw, err := c.command(ctx, "admin", usageCommand)
	if err != nil {
		return nil, err
	}
	batch, ok := raw.Lookup("cursor", "firstBatch").ArrayOK()
	if !ok {
		return nil, c.odd("$currentOp")
	}
	values, err := batch.Values()
	if err != nil {
		return nil, c.odd("$currentOp")
	}
	var all []Usage
	for _, v := range values {
		if doc, ok := v.DocumentOK(); ok {
			all = append(all, usage(doc))
		}
	}
	return all, nil
}

func usage(doc bson.Raw) Usage {
	var u Usage
	u.App, _ = doc.Lookup("_id", "app").StringValueOK()
	u.Address, _ = doc.Lookup("_id", "address").StringValueOK()
	u.Address = strings.TrimPrefix(u.Address, "[")
	u.Driver, _ = doc.Lookup("_id", "driver").StringValueOK()
	u.Connections = int(number(doc.Lookup("connections")))
	u.Active = int(number(doc.Lookup("active")))
	u.Longest = number(doc.Lookup("longest")) / 1e6
	if ages, ok := doc.Lookup("ages").ArrayOK(); ok {
		values, _ := ages.Values() // a broken array tells no ages, and leaves Active as it is
		for _, v := range values {
			u.Ages = append(u.Ages, number(v)/1e6)
		}
	}
	return u
}

// number reads any of the server's number types; it changes them between versions.
func number(v bson.RawValue) float64 {
	if n, ok := v.AsInt64OK(); ok {
		return float64(n)
	}
	n, _ := v.DoubleOK()
	return n
}

// internal says whether a client is the server's own kind: replication, or a person's shell.
func (u Usage) internal() bool {
	return strings.HasPrefix(u.Driver, "NetworkInterface") || strings.HasPrefix(u.Driver, "MongoDB Internal") ||
		strings.HasPrefix(u.App, "mongosh") || strings.HasPrefix(u.App, "MongoDB Shell") || strings.HasPrefix(u.App, "OplogFetcher")
}

// pool gives the use of the app's connection pool. What can be measured from the server's side is
// the operations that run now on the connections of one client; when there are as many of them as
// the pool has connections, it is exhausted. The server's own connections.available says nothing
// about it. The size of the pool is the driver's secret and comes from the options.
func pool(b *reading.Batch, clients []Usage, o Options) {
	var uptime float64
	if o.Uptime != nil {
		uptime = o.Uptime().Seconds()
	}
	var top *Usage
	for i := range clients {
		clients[i] = clients[i].since(uptime)
		u := &clients[i]
		if o.App != "" && u.App != o.App || o.App == "" && u.internal() {
			continue
		}
		if top == nil || u.Active > top.Active || u.Active == top.Active && u.Connections > top.Connections {
			top = u
		}
	}
	if top == nil {
		b.Unknown("no client of the app is connected", signal.DBPool)
		return
	}
	name := top.App
	if name == "" {
		name = strings.TrimSpace(top.Driver + " at " + top.Address)
	}
	note := "by " + name
	if top.Longest >= 1 {
		note = fmt.Sprintf("%s, longest %.0f s", note, top.Longest)
	}
	b.Add(signal.Sample{Name: signal.DBPool, Value: float64(top.Active), Of: float64(o.MaxPool), Note: note})
}
