// QuietObserver: an Observer that is notified of everything and reports nothing but notes. What else a user shall know is
// overridden.
#pragma once

#include "os/observer.h"

namespace serialtcp::io {

class QuietObserver : public Observer {
 public:
  void link_up(std::string_view, const event::LinkUp&) override {}
  void link_down(LinkDownReason) override {}
  void peer_services(const ServiceNames&) override {}
  void line_troubled(const event::LineTroubled&) override {}
  void line_alters_bytes(const ByteChange&) override {}
  void line_coded(const event::LineCoded&) override {}
  void speed_changed(std::string_view, const event::LineSpeed&) override {}
  void line_opened(std::string_view, std::string_view) override {}
  void line_awaited(std::string_view, std::string_view) override {}
  void line_found(std::string_view) override {}
  void line_lost(std::string_view, std::string_view) override {}
  void line_back(std::string_view, Duration) override {}
  void line_not_back_yet(std::string_view, std::string_view) override {}
  void line_still_away(std::string_view, std::string_view, Duration) override {}
  void peer_silent(std::string_view, Duration, std::size_t) override {}
  void no_link(std::string_view, Duration, Heard) override {}
  void peer_answers(std::string_view, Duration) override {}
  void link_measured(std::string_view, const Figures&) override {}
  void line_speed(std::string_view, const Figures&) override {}
  void link_figures(std::string_view, const Figures&) override {}
  void frames_lost(std::string_view, const Figures&) override {}
  void frames_arrive(std::string_view, Duration) override {}
  void clients_wait(std::size_t) override {}
  void received(ByteView) override {}
  void connection(std::uint64_t, std::string_view) override {}
  void connection_over(std::uint64_t, Ending, std::string_view) override {}
  void program_said(std::uint64_t, std::string_view) override {}
};

}  // namespace serialtcp::io
