#include "driver/line_speed.h"

#include <utility>

namespace serialtcp::io {

LineSpeed::LineSpeed(asio::io_context& context, const Climbing& climbing, SpeedHints hints,
                     Endpoint& endpoint, Line& line, Observer& observer, Pump pump)
    : climbing_(climbing),
      hints_(std::move(hints)),
      endpoint_(endpoint),
      line_(line),
      observer_(observer),
      switch_(context, endpoint, line, std::move(pump)) {}

void LineSpeed::line_opened() {
  line_closed();
  const bool may = climbing_.where == Climbing::Where::everywhere ||
                   (climbing_.where == Climbing::Where::on_hardware && line_.is_hardware());
  if (!may || line_.speed() == 0) return;
  place_ = {line_.adapter(), hints_.peer};
  remembered_ = hints_.memory ? hints_.memory->recall(place_) : 0;
  endpoint_.line_has_speeds({.base = line_.speed(), .most = climbing_.most, .first = remembered_});
}

/// A speed is known when it is in use, and forgotten when it has not proven itself again.
void LineSpeed::told(const event::LineSpeed& speed) {
  using What = event::LineSpeed::What;
  if (speed.what == What::settled && speed.speed != speed.other) remember(speed.speed);
  const bool fails = speed.what == What::kept || speed.what == What::poor || speed.what == What::left_out;
  if (fails && speed.speed == remembered_) remember(0);
}

void LineSpeed::remember(std::uint32_t speed) {
  if (!hints_.memory || speed == remembered_) return;
  remembered_ = speed;
  if (const std::string why = hints_.memory->keep({place_, speed}); !why.empty()) observer_.note(why);
}

}  // namespace serialtcp::io
