package main

import (
	"errors"
	"time"

	sc "github.com/go-chassis/sc-client"
)

// sameApplication registers one application (one key) at A and then at B, as its replicas in two clusters do: one service
// to every reader, both instances found at both, and each server deletes its own and nobody else's.
func sameApplication(a, b string) {
	ca, cb := newClient(a), newClient(b)
	app, name := unique("app"), unique("provider")
	sid, err := ca.RegisterService(service(app, name))
	check("A: register the service", err)
	iidA, err := ca.RegisterMicroServiceInstance(instance(sid, "rest://127.0.0.1:9001", 30, 3))
	check("A: register an instance", err)

	both := func(what string, wanted ...string) {
		start := time.Now()
		for server, c := range map[string]*sc.Client{"A": ca, "B": cb} {
			var last error
			for end := time.Now().Add(*limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				list, err := c.FindMicroServiceInstances(sid, app, name, "latest", sc.WithoutRevision())
				last = errors.Join(err, want(len(list) == len(wanted), "%d instances", len(list)))
				for _, iid := range wanted {
					last = errors.Join(last, want(has(list, iid), "%s is missing", iid))
				}
				if last == nil {
					break
				}
			}
			check(server+": "+what, last, "after", time.Since(start).Round(time.Millisecond))
		}
	}
	both("finds A's instance", iidA)

	id, err := cb.GetMicroServiceID(app, name, "1.2.3", "")
	check("B: the service exists already, under the same id", errors.Join(err, want(id == sid, "%q, not %q", id, sid)))
	iidB, err := cb.RegisterMicroServiceInstance(instance(id, "rest://127.0.0.1:9002", 30, 3))
	check("B: register an instance without registering the service", err)
	again, err := cb.RegisterService(service(app, name))
	check("B: registering the service gives the same id", errors.Join(err, want(again == sid, "%q, not %q", again, sid)))
	both("finds both instances", iidA, iidB)

	_, err = ca.UnregisterMicroServiceInstance(sid, iidB)
	check("A: unregistering B's instance is refused", want(err != nil, "no error"))
	both("still finds both instances", iidA, iidB)
	_, err = ca.UnregisterMicroServiceInstance(sid, iidA)
	check("A: unregister its own instance", err)
	both("finds B's instance only", iidB)
	_, err = ca.UnregisterMicroService(sid)
	check("A: unregister the service (force)", err)
	both("still finds B's instance", iidB)
	_, err = cb.UnregisterMicroService(sid)
	check("B: unregister the service (force)", err)
	start := time.Now()
	for server, c := range map[string]*sc.Client{"A": ca, "B": cb} {
		var last error
		for end := time.Now().Add(*limit); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			id, err := c.GetMicroServiceID(app, name, "1.2.3", "")
			if last = errors.Join(err, want(id == "", "still there")); last == nil {
				break
			}
		}
		check(server+": the service is gone", last, "after", time.Since(start).Round(time.Millisecond))
	}
}
