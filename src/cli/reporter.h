// Reporter: the Observer that writes the log, within the limits of LogLimiter.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/log.h"
#include "cli/log_limiter.h"
#include "cli/options.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"

namespace serialtcp::cli {

class Reporter : public io::Observer {
 public:
  /// What all links of the program have in common.
  struct Style {
    std::string label = {};  ///< in front of each line: which link it is about, where there are several
  };

  /// All must outlive the reporter.
  Reporter(io::asio::io_context& context, Log& log, const LinkOptions& options);
  ~Reporter() override;
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  void set_style(Style style) { style_ = std::move(style); }

  /// The last message about something that is wrong.
  struct Trouble {
    std::string text;
    Time at;
  };
  const std::optional<Trouble>& trouble() const { return trouble_; }

  /// The link as a whole: it cannot start, or has started after all.
  void cannot_start(std::string_view text);
  void has_started(std::string_view text);

  /// A line of the log, without the time.
  std::string labelled(std::string_view text) const;

  void link_up(std::string_view line, const event::LinkUp& up) override;
  void link_down(LinkDownReason reason) override;
  void peer_services(const ServiceNames& services) override;
  void line_troubled(const event::LineTroubled& troubled) override;
  void line_alters_bytes(const ByteChange& change) override;
  void line_coded(const event::LineCoded& coded) override;
  void speed_changed(std::string_view line, const event::LineSpeed& speed) override;
  void line_opened(std::string_view line, std::string_view how) override;
  void link_measured(std::string_view line, const Figures& figures) override;
  void line_speed(std::string_view line, const Figures& figures) override;
  void link_figures(std::string_view line, const Figures& figures) override;
  void frames_lost(std::string_view line, const Figures& figures) override;
  void frames_arrive(std::string_view line, Duration after) override;
  void clients_wait(std::size_t clients) override;
  void line_awaited(std::string_view line, std::string_view reason) override;
  void line_found(std::string_view line) override;
  void line_lost(std::string_view line, std::string_view reason) override;
  void line_back(std::string_view line, Duration away) override;
  void line_not_back_yet(std::string_view line, std::string_view reason) override;
  void line_still_away(std::string_view line, std::string_view reason, Duration away) override;
  void peer_silent(std::string_view line, Duration silent, std::size_t connections) override;
  void no_link(std::string_view line, Duration without, Heard heard) override;
  void peer_answers(std::string_view line, Duration silent) override;
  void received(ByteView chunk) override;
  void connection(std::uint64_t number, std::string_view what) override;
  void connection_over(std::uint64_t number, Ending ending, std::string_view what) override;
  void program_said(std::uint64_t number, std::string_view line) override;
  void note(std::string_view text) override;

 protected:
  void say(LogEvent event, std::string_view text);

 private:
  ServiceNames own_services() const { return service_names(options_.servers, options_.clients); }
  LogEntry entry(LogEvent event, std::string_view text) const;
  void tell_left_out(LogLimiter::Which which);
  void arm_summary();

  Log& log_;
  const LinkOptions& options_;
  Style style_;
  LogLimiter limiter_;
  io::asio::steady_timer summary_timer_;
  bool summary_armed_ = false;
  std::optional<Trouble> trouble_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::cli
