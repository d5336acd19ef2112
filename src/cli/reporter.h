// Reporter: the Observer that writes the log.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cli/log.h"
#include "cli/options.h"
#include "io/observer.h"

namespace serialtcp::cli {

class Reporter final : public io::Observer {
 public:
  /// How all links of the program are reported.
  struct Style {
    std::string label = {};  ///< in front of each line: which link it is about, where there are several
    Verbosity verbosity = Verbosity::normal;
  };

  /// Both outlive the reporter.
  Reporter(Log& log, const LinkOptions& options) : log_(log), options_(options) {}

  void set_style(Style style) { style_ = std::move(style); }

  /// A sentence as it stands in the log, without the time.
  std::string labelled(std::string_view text) const;

  void link_up(std::string_view line, Protocol protocol) override;
  void link_down(LinkDownReason reason) override;
  void peer_services(const ServiceNames& services) override;
  void line_troubled(const event::LineTroubled& troubled) override;
  void line_awaited(std::string_view line, std::string_view reason) override;
  void line_found(std::string_view line) override;
  void line_lost(std::string_view line, std::string_view reason) override;
  void line_back(std::string_view line) override;
  void line_not_back_yet(std::string_view line, std::string_view reason) override;
  void received(ByteView chunk) override;
  void connection(std::uint64_t number, std::string_view what) override;
  void note(std::string_view text) override;

 private:
  ServiceNames own_services() const { return service_names(options_.servers, options_.clients); }

  Log& log_;
  const LinkOptions& options_;
  Style style_;
};

}  // namespace serialtcp::cli
