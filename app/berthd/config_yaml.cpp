#include "app/berthd/config_yaml.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>

namespace berth {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

int line_of(const YAML::Mark& mark) {
  return mark.is_null() ? 1 : mark.line + 1;
}

/// Hears where a document begins, and nothing else.
class document_begin : public YAML::EventHandler {
public:
  int line = 1;

  void OnDocumentStart(const YAML::Mark& mark) override {
    line = line_of(mark);
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// The line where it begins. Not by YAML::LoadAll: of a comma at the begin
/// yaml-cpp 0.7 makes documents without end.
std::optional<int> second_document(const std::string& text) {
  auto stream = std::istringstream{text};
  auto parser = YAML::Parser{stream};
  auto begin = document_begin{};
  parser.HandleNextDocument(begin);
  if (!parser.HandleNextDocument(begin))
    return std::nullopt;
  return begin.line;
}

// Quoted scalars are texts whatever they look like.
bool is_plain(const YAML::Node& node) {
  return node.IsScalar() && node.Tag() != "!";
}

template <class T>
std::optional<T> number(const YAML::Node& node) {
  auto& text = node.Scalar();
  T value{};
  auto end = text.data() + text.size();
  auto [stop, err] = std::from_chars(text.data(), end, value);
  if (!is_plain(node) || err != std::errc{} || stop != end)
    return std::nullopt;
  return value;
}

std::optional<bool> boolean(const YAML::Node& node) {
  if (is_plain(node) && node.Scalar() == "true")
    return true;
  if (is_plain(node) && node.Scalar() == "false")
    return false;
  return std::nullopt;
}

// Goes through a document and the message that describes it side by side.
class yaml_reader {
public:
  explicit yaml_reader(config_marks& marks) : marks_{marks} {}

  result<void> read_message(const YAML::Node& node, Message& into,
                            const std::string& path) {
    if (node.IsNull())
      return {};
    if (!node.IsMap())
      return marks_.error_at(path, "a map is expected here");
    std::set<std::string> seen;
    for (auto entry : node) {
      auto name = read_key(entry.first, path, seen);
      if (!name)
        return name.error();
      auto below = path_below(path, *name);
      auto field = into.GetDescriptor()->FindFieldByName(*name);
      if (!field)
        return marks_.error_at(below, "unknown key");
      if (auto read = read_field(entry.second, into, *field, below); !read)
        return read;
    }
    return {};
  }

private:
  result<std::string> read_key(const YAML::Node& key, const std::string& path,
                               std::set<std::string>& seen) {
    if (!key.IsScalar()) {
      auto below = path_below(path, "?");
      marks_.put(below, line_of(key.Mark()));
      return marks_.error_at(below, "a key must be one word");
    }
    auto below = path_below(path, key.Scalar());
    marks_.put(below, line_of(key.Mark()));
    if (!seen.insert(key.Scalar()).second)
      return marks_.error_at(below, "given twice");
    return key.Scalar();
  }

  result<void> read_field(const YAML::Node& node, Message& into,
                          const FieldDescriptor& field,
                          const std::string& path) {
    if (node.IsNull())
      return {};
    auto reflection = into.GetReflection();
    if (field.is_map())
      return read_map(node, into, field, path);
    if (field.is_repeated())
      return read_list(node, into, field, path);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
      return read_message(node, *reflection->MutableMessage(&into, &field),
                          path);
    if (!node.IsScalar())
      return marks_.error_at(path, "a single value is expected here");
    return read_scalar(node, into, field, path);
  }

  result<void> read_map(const YAML::Node& node, Message& into,
                        const FieldDescriptor& field, const std::string& path) {
    if (!node.IsMap())
      return marks_.error_at(path, "a map is expected here");
    std::set<std::string> seen;
    for (auto entry : node) {
      auto key = read_key(entry.first, path, seen);
      if (!key)
        return key.error();
      auto& value = fresh_entry(into, field, *key);
      auto below = path_below(path, *key);
      if (auto read = read_message(entry.second, value, below); !read)
        return read;
    }
    return {};
  }

  // The empty value of a map's entry that replaces the one there was.
  static Message& fresh_entry(Message& into, const FieldDescriptor& field,
                              const std::string& key) {
    auto reflection = into.GetReflection();
    auto key_field = field.message_type()->map_key();
    for (int i = reflection->FieldSize(into, &field) - 1; i >= 0; --i) {
      auto& entry = reflection->GetRepeatedMessage(into, &field, i);
      if (entry.GetReflection()->GetString(entry, key_field) != key)
        continue;
      auto last = reflection->FieldSize(into, &field) - 1;
      reflection->SwapElements(&into, &field, i, last);
      reflection->RemoveLast(&into, &field);
    }
    auto entry = reflection->AddMessage(&into, &field);
    entry->GetReflection()->SetString(entry, key_field, key);
    return *entry->GetReflection()->MutableMessage(
      entry, field.message_type()->map_value());
  }

  result<void> read_list(const YAML::Node& node, Message& into,
                         const FieldDescriptor& field,
                         const std::string& path) {
    if (!node.IsSequence())
      return marks_.error_at(path, "a list is expected here");
    auto reflection = into.GetReflection();
    reflection->ClearField(&into, &field);
    for (auto item : node) {
      auto below = path + "["
                   + std::to_string(reflection->FieldSize(into, &field)) + "]";
      marks_.put(below, line_of(item.Mark()));
      if (!item.IsScalar())
        return marks_.error_at(below, "a single value is expected here");
      reflection->AddString(&into, &field, item.Scalar());
    }
    return {};
  }

  result<void> read_scalar(const YAML::Node& node, Message& into,
                           const FieldDescriptor& field,
                           const std::string& path) {
    auto reflection = into.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection->SetString(&into, &field, node.Scalar());
        return {};
      case FieldDescriptor::CPPTYPE_BOOL:
        if (auto value = boolean(node)) {
          reflection->SetBool(&into, &field, *value);
          return {};
        }
        return marks_.error_at(path, "neither true nor false");
      case FieldDescriptor::CPPTYPE_UINT32:
        if (auto value = number<uint32_t>(node)) {
          reflection->SetUInt32(&into, &field, *value);
          return {};
        }
        return marks_.error_at(path, "not a whole number below 2^32");
      case FieldDescriptor::CPPTYPE_FLOAT:
        if (auto value = number<float>(node); value && std::isfinite(*value)) {
          reflection->SetFloat(&into, &field, *value);
          return {};
        }
        return marks_.error_at(path, "not a number");
      default: return make_error(ec::internal, path + ": of no known type");
    }
  }

  config_marks& marks_;
};

} // namespace

caf::error config_marks::error_at(const std::string& path,
                                  std::string_view why) const {
  auto line = 1;
  for (auto around = path; !around.empty();) {
    if (auto found = lines_.find(around); found != lines_.end()) {
      line = found->second;
      break;
    }
    auto cut = around.find_last_of(".[");
    around.erase(cut == around.npos ? 0 : cut);
  }
  auto text = file_ + ":" + std::to_string(line) + ": ";
  text += path.empty() ? "" : path + ": ";
  text += why;
  std::replace_if(
    text.begin(), text.end(),
    [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return make_error(ec::invalid_argument, std::move(text));
}

std::string path_below(const std::string& path, std::string_view key) {
  auto is_word
    = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
               || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
      });
  if (!is_word)
    return path + "[\"" + std::string{key} + "\"]";
  return path.empty() ? std::string{key} : path + "." + std::string{key};
}

result<void> read_yaml(std::string_view yaml, Message& into,
                       config_marks& marks) {
  try {
    auto text = std::string{yaml};
    if (auto second = second_document(text)) {
      marks.put("yaml", *second);
      return marks.error_at("yaml", "a second document, or a comma astray");
    }
    return yaml_reader{marks}.read_message(YAML::Load(text), into, "");
  } catch (const YAML::Exception& e) {
    marks.put("yaml", line_of(e.mark));
    return marks.error_at("yaml", e.msg);
  }
}

} // namespace berth
