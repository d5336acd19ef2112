// WrappedLine: a line that is another one, with something added. What is added overrides the function.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "port/line.h"

namespace serialtcp::io {

class WrappedLine : public Line {
 public:
  void open(Opened opened) override { inner_->open(std::move(opened)); }
  void close() override {
    if (inner_) inner_->close();
  }
  LineResult read(MutableByteView into) override { return inner_->read(into); }
  LineResult write(ByteView bytes) override { return inner_->write(bytes); }
  void when_readable(Ready ready) override { inner_->when_readable(std::move(ready)); }
  void when_writable(Ready ready) override { inner_->when_writable(std::move(ready)); }
  std::size_t unsent() const override { return inner_ ? inner_->unsent() : 0; }
  std::optional<std::string> restore_settings() override {
    return inner_ ? inner_->restore_settings() : std::nullopt;
  }
  bool may_be_dead() const override { return inner_ && inner_->may_be_dead(); }
  Reopening reopening() const override { return inner_ ? inner_->reopening() : Line::reopening(); }
  std::string opened_as() const override { return inner_ ? inner_->opened_as() : ""; }
  std::uint32_t speed() const override { return inner_ ? inner_->speed() : 0; }
  bool is_hardware() const override { return inner_ && inner_->is_hardware(); }
  std::string adapter() const override { return inner_ ? inner_->adapter() : name_; }
  void set_speed(std::uint32_t baud, SpeedSet done) override { inner_->set_speed(baud, std::move(done)); }
  LineControls* controls() override { return inner_ ? inner_->controls() : nullptr; }
  const std::string& name() const override { return name_; }

 protected:
  /// `inner` may be empty, and is set before open() of this class is called.
  WrappedLine(std::string name, std::unique_ptr<Line> inner)
      : name_(std::move(name)), inner_(std::move(inner)) {}

  Line* inner() { return inner_.get(); }
  void wrap(std::unique_ptr<Line> inner) { inner_ = std::move(inner); }

 private:
  std::string name_;
  std::unique_ptr<Line> inner_;
};

}  // namespace serialtcp::io
