#include "service/ip_ends.h"

#include <fmt/format.h>

#include <algorithm>

#include "driver/failure_text.h"
#include "driver/ip_service.h"
#include "os/clock.h"
#include "os/text.h"

namespace serialtcp::io {

namespace {

/// Why the other end has refused the streams.
std::string why_refused(ResetReason reason, const std::string& service) {
  if (reason == ResetReason::failed) return "the other end cannot use its network; its log says why";
  if (reason != ResetReason::no_such_service) return std::string(describe(reason));
  return fmt::format(
      "the other end has none{}: start it there with --client {}ip:INTERFACE (serialtcp 2.0 has no IP links)",
      service.empty() ? "" : fmt::format(" of the name '{}'", service), service.empty() ? "" : service + "=");
}

}  // namespace

IpOpener::IpOpener(Connections& connections, std::unique_ptr<IpLink> link)
    : connections_(connections), link_(std::move(link)), again_(connections.context()) {
  link_->on_over([this](ResetReason reason) { over(reason); });
}

void IpOpener::link_up() {
  pause_ = kFirstPause;
  told_.clear();
  link_->go_on();
  open();
}

void IpOpener::open() {
  if (auto opened = link_->open_port(); !opened) {
    tell(opened.error());
    return try_again();
  }
  opened_at_ = now();
  for (const IpLink::LaneKind kind : {IpLink::LaneKind::urgent, IpLink::LaneKind::bulk}) {
    const auto failure = open_lane(kind);
    if (!failure) continue;
    tell(fmt::format("The IP link of {} could not be opened: {}", link_->port().name(),
                     open_failure(*failure)));
    if (kind == IpLink::LaneKind::urgent) return try_again();
    return link_->end("not opened");
  }
}

std::optional<StreamError> IpOpener::open_lane(IpLink::LaneKind kind) {
  Purpose purpose(link_->terms().service);
  purpose.service = services::kIp;
  purpose.priority = IpLink::priority_of(kind);
  purpose.kind = StreamKind::datagrams;
  const auto id = connections_.open(purpose, {});
  if (!id) return id.error();
  link_->carry(kind, *id);
  return std::nullopt;
}

void IpOpener::over(ResetReason reason) {
  if (reason == ResetReason::link_lost) return;
  if (now() - opened_at_ >= kLongestPause) pause_ = kFirstPause;
  if (reason != ResetReason::aborted) {
    tell(fmt::format("The IP link of {} was refused: {}", link_->port().name(),
                     why_refused(reason, link_->terms().service)));
  }
  try_again();
}

void IpOpener::try_again() {
  if (!connections_.endpoint().link_up()) return;
  again_.start(pause_, [this] {
    if (connections_.endpoint().link_up()) open();
  });
  pause_ = std::min(2 * pause_, kLongestPause);
}

/// The same is told once for each link.
void IpOpener::tell(const std::string& text) {
  if (text == told_) return;
  told_ = text;
  connections_.observer().note(fmt::format("WARNING: {}", text));
}

void IpTarget::opened(StreamId id) {
  const Purpose* const purpose = connections_.endpoint().purpose(id);
  if (purpose == nullptr) return;
  const IpLink::LaneKind kind = IpLink::lane_of(purpose->priority);
  if (const auto opened = link_->open_port(); !opened)
    return connections_.reset(id, connections_.next_number(), ResetReason::failed, opened.error());
  link_->carry(kind, id);
}

}  // namespace serialtcp::io
