package cloudfront

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"

func init() {
	operations["CreateMonitoringSubscription"] = operation{serve: (*Service).createMonitoring}
	operations["GetMonitoringSubscription"] = operation{read: true, serve: (*Service).getMonitoring}
	operations["DeleteMonitoringSubscription"] = operation{serve: (*Service).deleteMonitoring}
}

// Monitored says whether additional metrics are published for a distribution.
func (e *edge) Monitored(id string) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	d := e.byID[id]
	return d != nil && d.of.monitored[id].String("RealtimeMetricsSubscriptionConfig", "RealtimeMetricsSubscriptionStatus") == "Enabled"
}

func (s *Service) createMonitoring(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["DistributionId"])
	if err != nil {
		return nil, err
	}
	if s.monitored[d.id] != nil {
		return nil, errorf("MonitoringSubscriptionAlreadyExists", "A monitoring subscription already exists for the specified distribution.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.monitored[d.id] = r.Body
	return &wire.Response{Body: r.Body}, nil
}

func (s *Service) getMonitoring(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["DistributionId"])
	if err != nil {
		return nil, err
	}
	if s.monitored[d.id] == nil {
		return nil, errorf("NoSuchMonitoringSubscription", "A monitoring subscription does not exist for the specified distribution.")
	}
	return &wire.Response{Body: s.monitored[d.id]}, nil
}

func (s *Service) deleteMonitoring(r *call) (*wire.Response, error) {
	if _, err := s.getMonitoring(r); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.monitored, r.Labels["DistributionId"])
	return &wire.Response{}, nil
}
