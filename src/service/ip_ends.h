// The two ends of a service of kind ip: the one that opens the streams of its IP link (--server), and the one to which
// they are opened (--client).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "driver/stream_service.h"
#include "os/alarm.h"
#include "service/ip_link.h"

namespace serialtcp::io {

/// Opens them as soon as there is a link, and again after a pause if the other end has refused or ended them.
class IpOpener final : public StreamService {
 public:
  static constexpr Duration kFirstPause = std::chrono::seconds(2);
  static constexpr Duration kLongestPause = std::chrono::seconds(60);

  explicit IpOpener(Connections& connections, std::unique_ptr<IpLink> link);

  void link_up() override;
  void link_down() override { again_.cancel(); }
  void pause() override { link_->pause(); }
  void go_on() override { link_->go_on(); }
  void stop() override { again_.cancel(); }
  std::optional<IpFigures> ip_figures(Time now) const override { return link_->ip_figures(now); }

 private:
  void open();
  std::optional<StreamError> open_lane(IpLink::LaneKind kind);
  void try_again();
  void over(ResetReason reason);
  void tell(const std::string& text);

  Connections& connections_;
  std::unique_ptr<IpLink> link_;
  Alarm again_;
  Duration pause_ = kFirstPause;
  Time opened_at_ = {};
  std::string told_ = {};  ///< why it did not work, last
};

/// Opens the network of this end at once, or when the other end asks for it.
class IpTarget final : public StreamService {
 public:
  IpTarget(Connections& connections, std::unique_ptr<IpLink> link)
      : connections_(connections), link_(std::move(link)) {}

  void opened(StreamId id) override;
  void link_up() override { link_->go_on(); }
  void pause() override { link_->pause(); }
  void go_on() override { link_->go_on(); }
  std::optional<IpFigures> ip_figures(Time now) const override { return link_->ip_figures(now); }

 private:
  Connections& connections_;
  std::unique_ptr<IpLink> link_;
};

}  // namespace serialtcp::io
