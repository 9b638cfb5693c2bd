--[[
A dissector for Wireshark and tshark, 4.0 and later: the protocol of the Wiretale relay, version 1,
and its classic dialect. What the messages mean is in docs/protocol.md; the names and places of
the fields are those of docs/dissection.md, which `wiretale trace --detail` keeps to as well.

    tshark -X lua_script:wiretale.lua -r file.pcap -Y 'wiretale.type == "SEND"'

Everything in a capture is hostile: whatever the bytes are, no index leaves what was captured, and
what is kept or shown of them has a ceiling. Lua 5.2 to 5.4.
]]

local wiretale = Proto("wiretale", "Wiretale Relay Protocol")
local classic = Proto("classic", "Wiretale Classic Dialect")

local HEADER_BYTES = 16
local FIELD_HEADER_BYTES = 6
local BODY_MAX_BYTES = 1048576 + 1024
local CLASSIC_BYTES = 264
local CLASSIC_TYPE_BYTES = 8
local CLASSIC_DATA_BYTES = 256
local SAMPLE_BYTES = 80 -- of a content in the Info column
local HEX_BYTES = 16 -- of what is no text
local TEXT_MAX_BYTES = 4096 -- of a text in the tree
local FIELDS_MAX = 4096 -- that are unfolded in one message
local OPEN_MAX = 16384 -- requests and indications of one side that wait for an answer
local COVERED_MAX = 64 -- of those that one answer is for, shown one by one
local INFO_MAX_BYTES = 600 -- of the Info column; messages beyond it are only counted

local REQUEST, RESPONSE, INDICATION, ACKNOWLEDGEMENT = 1, 2, 3, 4
local KINDS = { "request", "response", "indication", "acknowledgement" }
local TYPES = { "BYE", "TIME", "NAME", "LIST", "SEND", "HELLO", "PING", "JOIN", "LEAVE", "ROOMS",
	"WATCH", "ERROR" }
local TYPE_SEND, TYPE_HELLO, TYPE_PING, TYPE_WATCH = 5, 6, 7, 11
local STATUSES = { [0] = "ok", "malformed", "unsupported", "too-large", "no-such-client", "gone",
	"busy", "rate-limited", "unauthorized", "forbidden", "name-taken", "timeout", "shutting-down",
	"internal" }
local STATUS_MALFORMED = 1
local OUTCOMES = { "delivered", "stored", "passed" }
local CLASSIC_TYPES = { "CANCEL", "TIME", "NAME", "CLIENT", "SEND" }
local CLASSIC_TIME, CLASSIC_CLIENT, CLASSIC_SEND = 2, 4, 5

-- ---- fields ----

-- By tag: name, how its value reads, how many bytes that is where it is always as many.
local FIELDS = {
	{ "TEXT", "text" }, { "DATA", "data" }, { "NUMBER", "number", 4 }, { "NAME", "text" },
	{ "ADDRESS", "address" }, { "TIME", "time", 8 }, { "ZONE", "zone", 4 },
	{ "ENTRY", "fields" }, { "TO_NUMBER", "number", 4 }, { "TO_NAME", "text" },
	{ "TO_ROOM", "text" }, { "FROM", "fields" }, { "MESSAGE_ID", "hex" },
	{ "OUTCOME", "outcome", 1 }, { "THROUGH", "number", 4 }, { "LIMIT", "number", 4 },
	{ "KEEPALIVE", "duration", 4 }, { "SECRET", "hex" }, { "AUTH", "auth", 1 },
	{ "CURSOR", "hex" }, { "COUNT", "number", 4 }, { "FLAG", "flag", 1 },
	{ "RETRY_AFTER", "duration", 4 },
}
local TAGS = {} -- name to number
for tag, row in ipairs(FIELDS) do
	TAGS[row[1]] = tag
end

local p = wiretale.fields
p.magic = ProtoField.string("wiretale.magic", "Magic")
p.version = ProtoField.uint8("wiretale.version", "Version", base.DEC)
p.kind = ProtoField.uint8("wiretale.kind", "Kind", base.DEC, KINDS)
p.type = ProtoField.uint16("wiretale.type", "Type", base.DEC, TYPES)
p.status = ProtoField.uint16("wiretale.status", "Status", base.DEC, STATUSES)
p.id = ProtoField.uint32("wiretale.id", "Id", base.DEC)
p.length = ProtoField.uint32("wiretale.length", "Length", base.DEC)
p.malformed = ProtoField.bytes("wiretale.malformed", "No field")
p.no_frame = ProtoField.bytes("wiretale.no_frame", "No frame")
p.rest = ProtoField.bytes("wiretale.rest", "Rest of a frame")
p.time = ProtoField.absolute_time("wiretale.time", "Time", base.UTC)
p.ipv4 = ProtoField.ipv4("wiretale.ipv4", "IPv4 address")
p.ipv6 = ProtoField.ipv6("wiretale.ipv6", "IPv6 address")
p.response_in = ProtoField.framenum("wiretale.response_in", "Response in", base.NONE,
	frametype.RESPONSE)
p.response_to = ProtoField.framenum("wiretale.response_to", "Response to", base.NONE,
	frametype.REQUEST)
p.response_time = ProtoField.relative_time("wiretale.response_time", "Response time")
p.acknowledgement_in = ProtoField.framenum("wiretale.acknowledgement_in", "Acknowledgement in",
	base.NONE, frametype.ACK)
p.acknowledgement_to = ProtoField.framenum("wiretale.acknowledgement_to", "Acknowledgement to",
	base.NONE, frametype.REQUEST)
p.acknowledgement_time = ProtoField.relative_time("wiretale.acknowledgement_time",
	"Acknowledgement time")

local MAKERS = {
	number = function(name, title) return ProtoField.uint32(name, title, base.DEC) end,
	duration = function(name, title) return ProtoField.uint32(name, title, base.DEC) end,
	time = function(name, title) return ProtoField.uint64(name, title, base.DEC) end,
	zone = function(name, title) return ProtoField.int32(name, title, base.DEC) end,
	outcome = function(name, title) return ProtoField.uint8(name, title, base.DEC, OUTCOMES) end,
	auth = function(name, title)
		return ProtoField.uint8(name, title, base.DEC, { [0] = "none is required" })
	end,
	flag = function(name, title) return ProtoField.uint8(name, title, base.DEC) end,
	hex = function(name, title) return ProtoField.bytes(name, title) end,
}
MAKERS.data = MAKERS.hex
local function make_string(name, title)
	return ProtoField.string(name, title)
end

-- The four of one tag. The whole of a field has the type of its value, so that both can be asked
-- for; what is shown in hex or put together from parts is a string there.
local function make_row(slug, title, shape)
	local make = MAKERS[shape] or make_string
	local whole = make
	if make == MAKERS.hex then
		whole = make_string
	end
	local name = "wiretale.field." .. slug
	local row = {
		title = title,
		shape = shape,
		whole = whole(name, title),
		tag = ProtoField.uint16(name .. ".tag", "Tag", base.DEC),
		length = ProtoField.uint32(name .. ".length", "Length", base.DEC),
		value = make(name .. ".value", "Value"),
	}
	p[slug .. "_whole"], p[slug .. "_tag"] = row.whole, row.tag
	p[slug .. "_length"], p[slug .. "_value"] = row.length, row.value
	return row
end

local rows = {} -- by tag
for tag, field in ipairs(FIELDS) do
	rows[tag] = make_row(field[1]:lower(), field[1], field[2])
	rows[tag].bytes = field[3]
end
local unknown_row = make_row("unknown", "unknown field", "hex")
-- A value of a length that its field does not have: the field's own name has a type that such a
-- value cannot have.
local misfit_row = make_row("misfit", "misfit", "hex")
p.address_family = ProtoField.uint8("wiretale.field.address.family", "Family", base.DEC,
	{ [4] = "IPv4", [6] = "IPv6" })
p.address_port = ProtoField.uint16("wiretale.field.address.port", "Port", base.DEC)
p.address_ip = ProtoField.string("wiretale.field.address.ip", "IP address")

local x = {
	malformed = ProtoExpert.new("wiretale.expert.malformed", "Malformed", expert.group.MALFORMED,
		expert.severity.ERROR),
	no_frame = ProtoExpert.new("wiretale.expert.no_frame", "No frame", expert.group.MALFORMED,
		expert.severity.ERROR),
	status = ProtoExpert.new("wiretale.expert.status", "Not ok", expert.group.RESPONSE_CODE,
		expert.severity.NOTE),
	unknown_type = ProtoExpert.new("wiretale.expert.unknown_type", "Unknown type",
		expert.group.UNDECODED, expert.severity.WARN),
	unknown_status = ProtoExpert.new("wiretale.expert.unknown_status", "Unknown status",
		expert.group.UNDECODED, expert.severity.WARN),
	skipped = ProtoExpert.new("wiretale.expert.skipped", "Skipped", expert.group.PROTOCOL,
		expert.severity.CHAT),
	unmatched = ProtoExpert.new("wiretale.expert.unmatched", "Answers nothing that was seen",
		expert.group.SEQUENCE, expert.severity.NOTE),
	id_open = ProtoExpert.new("wiretale.expert.id_open", "The id is open already",
		expert.group.SEQUENCE, expert.severity.WARN),
	ceiling = ProtoExpert.new("wiretale.expert.ceiling", "Not all of it is shown",
		expert.group.UNDECODED, expert.severity.WARN),
}
wiretale.experts = x

local c = classic.fields
c.type = ProtoField.uint64("classic.type", "Type", base.DEC, CLASSIC_TYPES)
c.data = ProtoField.string("classic.data", "Data")
c.text = ProtoField.string("classic.data.text", "Text")
c.zeros = ProtoField.uint32("classic.data.zeros", "Zeros", base.DEC)
c.send_ip = ProtoField.string("classic.send.ip", "IP address")
c.send_port = ProtoField.string("classic.send.port", "Port")
c.send_content = ProtoField.string("classic.send.content", "Content")
c.client = ProtoField.string("classic.client", "Client")
c.client_number = ProtoField.string("classic.client.number", "Number")
c.client_port = ProtoField.string("classic.client.port", "Port")
c.client_ip = ProtoField.string("classic.client.ip", "IP address")
c.hello = ProtoField.string("classic.hello", "Greeting")
c.hello_text = ProtoField.string("classic.hello.text", "Text")
c.hello_zeros = ProtoField.uint32("classic.hello.zeros", "Zeros", base.DEC)
c.rest = ProtoField.bytes("classic.rest", "Rest of a message")
c.time = ProtoField.absolute_time("classic.time", "Time", base.UTC)
c.response_in = ProtoField.framenum("classic.response_in", "Response in", base.NONE,
	frametype.RESPONSE)
c.response_to = ProtoField.framenum("classic.response_to", "Response to", base.NONE,
	frametype.REQUEST)
c.response_time = ProtoField.relative_time("classic.response_time", "Response time")

local cx = {
	unknown_type = ProtoExpert.new("classic.expert.unknown_type", "Unknown type",
		expert.group.UNDECODED, expert.severity.WARN),
	malformed = ProtoExpert.new("classic.expert.malformed", "Malformed", expert.group.MALFORMED,
		expert.severity.ERROR),
	refused = ProtoExpert.new("classic.expert.refused", "Not delivered",
		expert.group.RESPONSE_CODE, expert.severity.NOTE),
}
classic.experts = cx

-- ---- bytes; offsets count from 0 ----

local function u16(bytes, at)
	local a, b = bytes:byte(at + 1, at + 2)
	return a * 256 + b
end

local function u32(bytes, at)
	local high, low = u16(bytes, at), u16(bytes, at + 2)
	return high * 65536 + low
end

-- ---- text ----

-- The character at the offset: its bytes and its code point. 0: no character begins there.
local function utf8_at(bytes, at)
	local first = bytes:byte(at + 1)
	local size, value, smallest
	if first < 0x80 then
		return 1, first
	elseif first >= 0xc0 and first < 0xe0 then
		size, value, smallest = 2, first - 0xc0, 0x80
	elseif first >= 0xe0 and first < 0xf0 then
		size, value, smallest = 3, first - 0xe0, 0x800
	elseif first >= 0xf0 and first < 0xf8 then
		size, value, smallest = 4, first - 0xf0, 0x10000
	else
		return 0
	end
	if at + size > #bytes then
		return 0
	end
	for i = 2, size do
		local next_byte = bytes:byte(at + i)
		if next_byte < 0x80 or next_byte > 0xbf then
			return 0
		end
		value = value * 64 + next_byte - 0x80
	end
	if value < smallest or value > 0x10ffff or (value >= 0xd800 and value <= 0xdfff) then
		return 0
	end
	return size, value
end

local function is_control(character)
	return character < 0x20 or (character >= 0x7f and character <= 0x9f)
end

-- Characters that change how others are shown and are not seen themselves.
local DECEPTIVE = { { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
	{ 0x2028, 0x202e }, { 0x2060, 0x2069 }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f } }

local function is_deceptive(character)
	for _, range in ipairs(DECEPTIVE) do
		if character >= range[1] and character <= range[2] then
			return true
		end
	end
	return false
end

local ESCAPES = { [9] = "\\t", [10] = "\\n", [13] = "\\r" }

local function escape(character)
	if ESCAPES[character] then
		return ESCAPES[character]
	end
	return string.format(character < 0x80 and "\\x%02x" or "\\u{%x}", character)
end

local function harmless(bytes)
	if not bytes:find("[^\32-\126]") then
		return bytes
	end
	local parts = {}
	local at = 0
	while at < #bytes do
		local size, character = utf8_at(bytes, at)
		if size == 0 then
			parts[#parts + 1] = string.format("\\x%02x", bytes:byte(at + 1))
			size = 1
		elseif is_control(character) or is_deceptive(character) then
			parts[#parts + 1] = escape(character)
		else
			parts[#parts + 1] = bytes:sub(at + 1, at + size)
		end
		at = at + size
	end
	return table.concat(parts)
end

-- Not more than `max` of the bytes, no character cut in two; what was cut ends with dots.
local function cut_text(bytes, max)
	if #bytes <= max then
		return harmless(bytes), ""
	end
	for back = 0, 3 do
		local byte = bytes:byte(max - back + 1)
		if byte < 0x80 or byte > 0xbf then
			max = max - back
			break
		end
	end
	return harmless(bytes:sub(1, max)), "..."
end

local function words(bytes)
	local text, dots = cut_text(bytes, TEXT_MAX_BYTES)
	return text .. dots
end

local function hex(bytes)
	local shown = bytes:sub(1, HEX_BYTES):gsub(".", function(byte)
		return string.format("%02x ", byte:byte())
	end)
	return #bytes > HEX_BYTES and shown .. "..." or shown:sub(1, -2)
end

local function is_plain(bytes)
	if not bytes:find("[^\0\9-\13\32-\126]") then
		return #bytes == 0 or bytes:find("[\33-\126]") ~= nil
	end
	local at, has_letter = 0, false
	while at < #bytes do
		local size, character = utf8_at(bytes, at)
		if size == 0 then -- the last character may be cut
			return #bytes - at < 4 and has_letter and bytes:byte(at + 1) >= 0xc2
		end
		if is_control(character) and character ~= 0 and (character < 9 or character > 13) then
			return false
		end
		has_letter = has_letter or character > 32
		at = at + size
	end
	return has_letter
end

local function sample(bytes)
	if #bytes == 0 then
		return ""
	elseif not is_plain(bytes) then
		return hex(bytes)
	end
	local text, dots = cut_text(bytes, SAMPLE_BYTES)
	return '"' .. text .. '"' .. dots
end

local function is_name(bytes)
	if #bytes == 0 or #bytes > 64 then
		return false
	end
	local at = 0
	while at < #bytes do
		local size, character = utf8_at(bytes, at)
		if size == 0 or is_control(character) then
			return false
		end
		at = at + size
	end
	return true
end

local function grouped(number)
	local digits = string.format("%d", number)
	local groups = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
	return (groups:gsub("^,", ""))
end

-- 9,999 bytes, 60 kB, 1.05 MB: as everywhere in Wiretale.
local function bytes_text(count)
	if count < 10000 then
		return grouped(count) .. (count == 1 and " byte" or " bytes")
	end
	local unit = "kB"
	count = count / 1000
	if count >= 999.5 then
		unit, count = "MB", count / 1000
	end
	local scale = count < 10 and 100 or count < 100 and 10 or 1
	return string.format("%.4g %s", math.floor(count * scale + 0.5) / scale, unit)
end

local function duration_text(ms)
	if ms ~= 0 and ms < 1000 then
		return string.format("%d ms", ms)
	end
	return string.format("%.10g s", ms / 1000)
end

local function zone_text(zone)
	local minutes = math.floor(math.abs(zone) / 60)
	return string.format("%s%02d:%02d", zone < 0 and "-" or "+",
		math.floor(minutes / 60), minutes % 60)
end

-- RFC 3339. In a system whose calendar ends earlier: nothing.
local function moment(seconds, fraction, zone)
	local good, text = pcall(os.date, "!%Y-%m-%dT%H:%M:%S", seconds + zone)
	return good and text and text .. fraction .. zone_text(zone) or ""
end

-- ---- addresses ----

local function ipv6_text(groups)
	local best, best_length = nil, 1
	local start, length
	for i = 1, 8 do
		if groups[i] ~= 0 then
			start = nil
		elseif not start then
			start, length = i, 1
		else
			length = length + 1
		end
		if start and length > best_length then
			best, best_length = start, length
		end
	end
	local parts = {}
	local i = 1
	while i <= 8 do
		if i == best then
			parts[#parts + 1] = (i == 1 and ":" or "") .. (i + best_length > 8 and ":" or "")
			i = i + best_length
		elseif i == 7 and best == 1 and
			(best_length == 6 or (best_length == 5 and groups[6] == 0xffff)) then
			parts[#parts + 1] = string.format("%d.%d.%d.%d", math.floor(groups[7] / 256),
				groups[7] % 256, math.floor(groups[8] / 256), groups[8] % 256)
			i = 9
		else
			parts[#parts + 1] = string.format("%x", groups[i])
			i = i + 1
		end
	end
	return table.concat(parts, ":")
end

local function ip_text(bytes)
	if #bytes == 4 then
		return string.format("%d.%d.%d.%d", bytes:byte(1, 4))
	end
	local groups = {}
	for i = 1, 8 do
		groups[i] = u16(bytes, 2 * i - 2)
	end
	return ipv6_text(groups)
end

local MAPPED = ("\0"):rep(10) .. "\255\255"

local function is_mapped(bytes)
	return #bytes == 16 and bytes:sub(1, 12) == MAPPED
end

local function ip_and_port(ip, port)
	return string.format(#ip == 4 and "%s:%d" or "[%s]:%d", ip_text(ip), port)
end

-- The value of an ADDRESS: the bytes of its IP address, and its port. nil: it is none.
local function read_address(value)
	if (#value == 7 and value:byte() == 4) or (#value == 19 and value:byte() == 6) then
		return value:sub(4), u16(value, 1)
	end
	return nil
end

local function ipv4_from_text(text)
	local parts = { text:match("^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$") }
	local bytes = ""
	if #parts ~= 4 then
		return nil
	end
	for _, part in ipairs(parts) do
		if tonumber(part) > 255 or (#part > 1 and part:sub(1, 1) == "0") then
			return nil
		end
		bytes = bytes .. string.char(tonumber(part))
	end
	return bytes
end

-- "2001:db8" as bytes; nil: it is no such thing. The last part may be an IPv4 address.
local function ipv6_half(text)
	local bytes = ""
	if text == "" then
		return bytes
	end
	if text:sub(-1) == ":" then
		return nil
	end
	for part, colon in text:gmatch("([^:]*)(:?)") do
		if part:match("^%x%x?%x?%x?$") then
			local group = tonumber(part, 16)
			bytes = bytes .. string.char(math.floor(group / 256), group % 256)
		elseif part ~= "" and colon == "" and ipv4_from_text(part) then
			bytes = bytes .. ipv4_from_text(part)
		elseif part ~= "" or colon ~= "" then
			return nil
		end
	end
	return bytes
end

local function ipv6_from_text(text)
	local from, to = text:find("::", 1, true)
	local left = ipv6_half(from and text:sub(1, from - 1) or text)
	local right = ipv6_half(from and text:sub(to + 1) or "")
	if not left or not right or (from and text:sub(1, from - 1):find(".", 1, true)) then
		return nil
	end
	if from then
		return #left + #right <= 14 and left .. ("\0"):rep(16 - #left - #right) .. right or nil
	end
	return #left == 16 and left or nil
end

-- As the server reads the address of a classic SEND.
local function ip_from_text(text)
	local inner = text:match("^%[(.*)%]$")
	local figures = inner or text
	if #figures > 45 then
		return nil
	end
	local ip = not inner and ipv4_from_text(figures) or ipv6_from_text(figures)
	return ip and is_mapped(ip) and ip:sub(13) or ip
end

-- ---- what the messages hold: the table "Messages" of docs/protocol.md ----

local function set(...)
	local tags = {}
	for _, name in ipairs({ ... }) do
		tags[TAGS[name]] = true
	end
	return tags
end

local client_entry = { required = set("NUMBER", "ADDRESS", "TIME"), optional = set("NAME") }
local room_entry = { required = set("NAME", "COUNT"), optional = {} }
local function shape(required, optional, more)
	local made = more or {}
	made.required, made.optional = required, optional
	return made
end
local empty = shape({}, {})
local refusal = shape({}, set("TEXT", "RETRY_AFTER"))
local function list_of(entry)
	return shape({}, set("ENTRY", "CURSOR"), { entry = entry, repeats = TAGS.ENTRY })
end
local RECIPIENTS = { TAGS.TO_NUMBER, TAGS.TO_NAME, TAGS.TO_ROOM }
local through = shape({}, set("THROUGH"))

local SHAPES = { -- by kind, by type
	{
		empty, empty, empty, shape({}, set("CURSOR")),
		shape(set("DATA"), set("MESSAGE_ID", "TO_NUMBER", "TO_NAME", "TO_ROOM"),
			{ has_recipient = true }),
		shape({}, set("NAME")), shape({}, set("DATA")), shape(set("TO_ROOM"), {}),
		shape(set("TO_ROOM"), {}), shape({}, set("CURSOR")), shape(set("FLAG"), {}),
	},
	{
		empty, shape(set("TIME", "ZONE"), {}), shape(set("NAME"), {}), list_of(client_entry),
		shape(set("OUTCOME"), set("COUNT", "THROUGH")), shape(set("NUMBER"), set("NAME")),
		shape({}, set("DATA")), shape(set("COUNT"), {}), empty, list_of(room_entry), empty,
	},
	{
		[1] = shape(set("TEXT"), {}),
		[5] = shape(set("FROM", "DATA", "TIME"), set("TO_ROOM", "MESSAGE_ID")),
		[6] = shape(set("NAME", "TEXT", "NUMBER", "ADDRESS", "LIMIT", "KEEPALIVE", "AUTH"), {}),
		[7] = empty,
		[11] = shape(set("FLAG", "ENTRY"), {}, { entry = client_entry }),
		[12] = shape(set("TEXT"), set("RETRY_AFTER")),
	},
	{ [5] = through, [7] = through },
}

local decode_fields -- a field may hold fields

local NOT_A_NAME = "a name must be 1 to 64 bytes of UTF-8 without control characters"

-- How a value is taken: what it says, and what is wrong with it.
local TAKE = {
	number = function(value) return u32(value, 0) end,
	duration = function(value) return u32(value, 0) end,
	zone = function(value)
		local number = u32(value, 0)
		return number >= 2147483648 and number - 4294967296 or number
	end,
	outcome = function(value)
		local number = value:byte()
		return number, (number < 1 or number > 3) and "OUTCOME is not 1, 2 or 3" or nil
	end,
	flag = function(value)
		return value:byte(), value:byte() > 1 and "FLAG is neither 0 nor 1" or nil
	end,
	auth = function(value) return value:byte() end,
	address = function(value)
		if #value ~= 7 and #value ~= 19 then
			return nil, "ADDRESS has a wrong length"
		end
		local ip, port = read_address(value)
		if not ip then
			return nil, "the family of an ADDRESS does not fit its length"
		end
		return { ip = is_mapped(ip) and ip:sub(13) or ip, port = port }
	end,
}
local TAKE_TAG = {
	[TAGS.LIMIT] = function(value)
		local number = u32(value, 0)
		return number, (number < 1024 or number > 1048576) and
			"LIMIT is not between 1,024 and 1,048,576" or nil
	end,
	[TAGS.CURSOR] = function(value)
		return value, (#value == 0 or #value > 64) and "a CURSOR must be 1 to 64 bytes" or nil
	end,
	[TAGS.MESSAGE_ID] = function(value)
		return value, #value ~= 16 and "MESSAGE_ID has a wrong length" or nil
	end,
	[TAGS.FROM] = function(value)
		return decode_fields(value, client_entry)
	end,
}
for _, tag in ipairs({ TAGS.NAME, TAGS.TO_NAME, TAGS.TO_ROOM }) do
	TAKE_TAG[tag] = function(value)
		return value, not is_name(value) and NOT_A_NAME or nil
	end
end

local function take_value(tag, value, of)
	local row = FIELDS[tag]
	if row[3] and #value ~= row[3] then
		return nil, row[1] .. " has a wrong length"
	elseif tag == TAGS.ENTRY then
		return decode_fields(value, of.entry)
	end
	local take = TAKE_TAG[tag] or TAKE[row[2]]
	if take then
		return take(value)
	end
	return value
end

local function find_missing(found, of)
	for tag, row in ipairs(FIELDS) do
		if of.required[tag] and found[tag] == nil then
			return row[1] .. " is missing"
		end
	end
	if not of.has_recipient then
		return nil
	end
	local count = 0
	for _, tag in ipairs(RECIPIENTS) do
		count = count + (found[tag] ~= nil and 1 or 0)
	end
	if count == 0 then
		return "TO_NUMBER, TO_NAME or TO_ROOM is missing"
	end
	return count > 1 and "only one of TO_NUMBER, TO_NAME and TO_ROOM may be there" or nil
end

-- The fields that are listed, by tag, ENTRY as a list; or nil and what is wrong.
function decode_fields(body, of)
	local found = {}
	local at = 0
	while at < #body do
		if #body - at < FIELD_HEADER_BYTES then
			return nil, "bytes are left over behind the last field"
		end
		local tag, length = u16(body, at), u32(body, at + 2)
		if length > #body - at - FIELD_HEADER_BYTES then
			return nil, "a field is longer than the rest of the body"
		end
		at = at + FIELD_HEADER_BYTES
		if of.required[tag] or of.optional[tag] then
			if found[tag] ~= nil and of.repeats ~= tag then
				return nil, FIELDS[tag][1] .. " may be there only once"
			end
			local value, problem = take_value(tag, body:sub(at + 1, at + length), of)
			if problem then
				return nil, problem
			end
			if tag == TAGS.ENTRY then
				found[tag] = found[tag] or { count = 0, first = value }
				found[tag].count = found[tag].count + 1
			else
				found[tag] = value
			end
		end
		at = at + length
	end
	local problem = find_missing(found, of)
	if problem then
		return nil, problem
	end
	return found
end

-- ---- a message of version 1 ----

-- What the header's bytes so far say against them; nil: nothing.
local function judge_header(header)
	local first, second, version, kind = header:byte(1, 4)
	if first ~= 0x57 or (second and second ~= 0x54) then
		return "no frame begins here: it would begin with WT"
	elseif version and version ~= 1 then
		return "version " .. version .. ", which is not known"
	elseif kind and (kind < REQUEST or kind > ACKNOWLEDGEMENT) then
		return "there is no kind " .. kind
	elseif #header == HEADER_BYTES and u32(header, 12) > BODY_MAX_BYTES then
		return "a length of " .. bytes_text(u32(header, 12)) .. ", over 1 MiB and 1,024 bytes"
	end
	return nil
end

-- bytes: those that are there, the header at least.
local function read_message(bytes)
	local m = {
		bytes = bytes,
		kind = bytes:byte(4),
		type = u16(bytes, 4),
		status = u16(bytes, 6),
		id = u32(bytes, 8),
		length = u32(bytes, 12),
	}
	m.type_name = TYPES[m.type]
	m.name = (m.type_name or "type " .. m.type) .. " " .. KINDS[m.kind]
	m.whole = #bytes == HEADER_BYTES + m.length
	m.shape = SHAPES[m.kind][m.type]
	if m.kind == RESPONSE and m.status ~= 0 then
		m.shape = refusal
	end
	if m.whole and m.shape then
		m.found, m.problem = decode_fields(bytes:sub(HEADER_BYTES + 1), m.shape)
		if m.found and m.found[TAGS.THROUGH] and m.found[TAGS.THROUGH] < m.id then
			m.found, m.problem = nil, "THROUGH is below the id"
		end
	end
	m.zone = m.found and m.found[TAGS.ZONE] or 0
	if m.zone <= -86400 or m.zone >= 86400 then
		m.zone = 0
	end
	return m
end

-- Eight bytes as a time: NSTime, and RFC 3339 with so many digits behind the point.
local function read_time(bytes, digits, zone)
	local high, low = u32(bytes, 0), u32(bytes, 4)
	-- 2^32 = 4 * 10^9 + 294967296: all of it fits a double
	local rest = (high % 1000000000) * 294967296 % 1000000000
	local carried = math.floor((high % 1000000000) * 294967296 / 1000000000)
	local seconds = high * 4 + math.floor(high / 1000000000) * 294967296 + carried
	local nanoseconds = rest + low
	seconds = seconds + math.floor(nanoseconds / 1000000000)
	nanoseconds = nanoseconds % 1000000000
	return seconds, nanoseconds,
		moment(seconds, "." .. string.format("%09d", nanoseconds):sub(1, digits), zone)
end

-- One line about a message, as the stories of `wiretale trace` have it.
local function tell(m)
	local parts = {}
	local found = m.found or {}
	local function add(...)
		parts[#parts + 1] = table.concat({ ... })
	end
	local function add_if(tag, before, after)
		if found[tag] ~= nil then
			add(before, found[tag], after or "")
		end
	end
	if m.id ~= 0 then
		add("id ", m.id)
	end
	if m.status ~= 0 then
		add(STATUSES[m.status] or "unknown")
	end
	if not m.whole then
		add(bytes_text(#m.bytes), " of ", grouped(HEADER_BYTES + m.length), " were captured")
		return table.concat(parts, ", ")
	elseif m.problem then
		add("malformed: ", m.problem)
	elseif not m.shape then
		add(m.length, " bytes of an unknown type")
	end
	add_if(TAGS.TO_NUMBER, "to client ")
	if found[TAGS.TO_NAME] then
		add("to @", harmless(found[TAGS.TO_NAME]))
	end
	if found[TAGS.TO_ROOM] then
		add("room ", harmless(found[TAGS.TO_ROOM]))
	end
	local from = found[TAGS.FROM]
	if from then
		local name = from[TAGS.NAME]
		add("from client ", from[TAGS.NUMBER], name and " @" .. harmless(name) or "")
	end
	add_if(TAGS.NUMBER, "client ")
	if found[TAGS.NAME] then
		add("name ", harmless(found[TAGS.NAME]))
	end
	if found[TAGS.ADDRESS] then
		add("at ", ip_and_port(found[TAGS.ADDRESS].ip, found[TAGS.ADDRESS].port))
	end
	if found[TAGS.OUTCOME] then
		add(OUTCOMES[found[TAGS.OUTCOME]])
	end
	add_if(TAGS.THROUGH, "through id ")
	add_if(TAGS.COUNT, "count ")
	if found[TAGS.FLAG] then
		add(found[TAGS.FLAG] == 1 and "on" or "off")
	end
	add_if(TAGS.LIMIT, "limit ")
	add_if(TAGS.KEEPALIVE, "keep-alive ", " ms")
	add_if(TAGS.RETRY_AFTER, "retry after ", " ms")
	if found[TAGS.MESSAGE_ID] then
		add("with a message id")
	end
	if found[TAGS.TIME] then
		local _, _, text = read_time(found[TAGS.TIME], 3, m.zone)
		add(text)
	end
	local entries = found[TAGS.ENTRY]
	if entries then
		local text = entries.count .. (entries.count == 1 and " entry" or " entries")
		local number, name = entries.first[TAGS.NUMBER], entries.first[TAGS.NAME]
		if entries.count == 1 then
			text = text .. ": " .. (number and "client " .. number .. (name and " @" or "") or "")
			text = text .. harmless(name or "")
		end
		add(text)
	end
	if found[TAGS.CURSOR] then
		add(m.kind == REQUEST and "the next page" or "more follow")
	end
	if found[TAGS.TEXT] and #found[TAGS.TEXT] > 0 then
		add(sample(found[TAGS.TEXT]))
	end
	local data = found[TAGS.DATA]
	if data then
		add(#data, #data == 1 and " byte" or " bytes", #data > 0 and ": " .. sample(data) or "")
	end
	return table.concat(parts, ", ")
end

-- ---- requests and their responses ----

local streams = {} -- by addresses and ports: what is known of each
local facts = {} -- by message: what it answers, what answers it
local told = {} -- what stands in the Info column: of which frame, how much

-- The connection of the packet, and the lanes of it: what this side has sent, and the other. By
-- addresses and ports: where Wireshark builds no tree, as when it reads a file first, there is no
-- tcp.stream to be asked for. renew() tells connections apart that use the same ones.
local function stream_of(pinfo)
	local from = tostring(pinfo.src) .. " " .. pinfo.src_port
	local to = tostring(pinfo.dst) .. " " .. pinfo.dst_port
	local key = from < to and from .. " " .. to or to .. " " .. from
	if not streams[key] then
		streams[key] = { lanes = {} }
	end
	local lanes = streams[key].lanes
	for _, sender in ipairs({ from, to }) do
		lanes[sender] = lanes[sender] or { open = {}, count = 0, repeats = {}, key = sender }
	end
	return streams[key], lanes[from], lanes[to]
end

-- A HELLO begins a connection. Where there was one before it with these addresses and ports, what
-- is open was asked in that one and is not answered any more. (What the client asked before this
-- HELLO came cannot be told from it, and is not matched.)
local function renew(server, client)
	if not server.has_spoken then
		return
	end
	for _, lane in ipairs({ server, client }) do
		lane.open, lane.count, lane.repeats = {}, 0, {}
	end
end

-- A message of this key is in one place of one frame, however often that is dissected.
local function key_of(pinfo, tvb, at)
	return string.format("%d.%d.%d.%d", pinfo.number, tvb:offset(), tvb:len(), at)
end

local function now(pinfo)
	return { frame = pinfo.number, time = pinfo.rel_ts }
end

-- Something that waits for an answer. Ids of requests, of messages and of PINGs are counted apart.
local function ask(lane, group, m, pinfo)
	local id = group .. m.id
	local asked = now(pinfo)
	asked.type = m.type
	asked.id = m.id
	asked.to_room = m.found and m.found[TAGS.TO_ROOM] ~= nil
	if lane.open[id] then
		lane.repeats[id] = lane.repeats[id] or asked
		asked.again = lane.open[id].frame
	elseif lane.count >= OPEN_MAX then
		asked.untracked = true
	else
		lane.open[id] = asked
		lane.count = lane.count + 1
	end
	return asked
end

local function answer(lane, id, pinfo)
	local asked = lane.open[id]
	asked.answered = now(pinfo)
	lane.open[id] = nil
	lane.count = lane.count - 1
	return asked
end

-- All that are open from the first id to the last: by what there is less of, ids or open ones.
local function answer_range(lane, group, first, last, pinfo, covered)
	local function take(id)
		local asked = lane.open[id]
		if asked and not (group == "r" and (asked.type ~= TYPE_SEND or asked.to_room)) then
			covered[#covered + 1] = answer(lane, id, pinfo)
		end
	end
	if last - first <= lane.count then
		for id = first, last do
			take(string.format("%s%d", group, id))
		end
		return
	end
	local ids = {}
	for id, asked in pairs(lane.open) do
		if asked.id >= first and asked.id <= last and id:sub(1, 1) == group then
			ids[#ids + 1] = id
		end
	end
	for _, id in ipairs(ids) do
		take(id)
	end
	table.sort(covered, function(a, b) return a.id < b.id end)
end

-- What the message answers: a list, empty where that was not seen.
local function find_answered(lane, group, m, pinfo)
	local id = group .. m.id
	local asked = lane.open[id]
	local again = lane.repeats[id]
	local covered = {}
	if again and m.kind == RESPONSE and m.status == STATUS_MALFORMED then
		again.answered = now(pinfo)
		lane.repeats[id] = nil
		return { again }
	end
	if asked and asked.type == m.type then
		covered[1] = answer(lane, id, pinfo)
	end
	local last = m.found and m.found[TAGS.THROUGH]
	if last and last > m.id then
		answer_range(lane, group, m.id, last, pinfo, covered)
	end
	return covered
end

local GROUPS = { [TYPE_SEND] = "s", [TYPE_PING] = "p" } -- of indications

-- On the first look at a frame only, in the order of the capture.
local function track(from, to, m, pinfo, key)
	if m.kind == INDICATION and m.type == TYPE_HELLO then
		renew(from, to)
	end
	from.has_spoken = true
	if m.kind == REQUEST then
		facts[key] = { asked = ask(from, "r", m, pinfo) }
	elseif m.kind == RESPONSE then
		facts[key] = { answers = find_answered(to, "r", m, pinfo) }
	elseif GROUPS[m.type] and m.kind == INDICATION then
		facts[key] = { asked = ask(from, GROUPS[m.type], m, pinfo) }
	elseif GROUPS[m.type] then
		facts[key] = { answers = find_answered(to, GROUPS[m.type], m, pinfo) }
	end
end

local function interval(seconds)
	local size = math.abs(seconds)
	local whole = math.floor(size)
	local nanoseconds = math.floor((size - whole) * 1e9 + 0.5)
	if nanoseconds >= 1000000000 then
		whole, nanoseconds = whole + 1, nanoseconds - 1000000000
	end
	if seconds < 0 then
		whole, nanoseconds = -whole, -nanoseconds
	end
	return NSTime.new(whole, nanoseconds)
end

-- names: the fields for answered in, answer to, time between.
local function show_answer(tree, fact, names)
	local asked = fact.asked
	if asked and asked.answered then
		tree:add(names[1], asked.answered.frame):set_generated()
		tree:add(names[3], interval(asked.answered.time - asked.time)):set_generated()
	end
	for i, covered in ipairs(fact.answers or {}) do
		if i > COVERED_MAX then
			tree:add_proto_expert_info(x.ceiling,
				"and to " .. #fact.answers - COVERED_MAX .. " more, not shown")
			break
		end
		tree:add(names[2], covered.frame):set_generated()
		if covered.answered then
			tree:add(names[3], interval(covered.answered.time - covered.time)):set_generated()
		end
	end
end

-- ---- the tree of a message ----

local unfold_fields

-- What is shown of a value: what Wireshark is given, and what is said behind it.
local SHOW = {
	text = function(_, value) return words(value) end,
	data = function(_, value)
		if #value > 0 and is_plain(value) then
			return words(value), bytes_text(#value) .. " of text"
		end
		return hex(value), bytes_text(#value)
	end,
	hex = function(_, value) return hex(value) end,
	number = function(_, value) return u32(value, 0) end,
	duration = function(_, value) return u32(value, 0), duration_text(u32(value, 0)) end,
	zone = function(_, value)
		local zone = TAKE.zone(value)
		return zone, "UTC" .. zone_text(zone)
	end,
	time = function(m, value)
		local _, _, text = read_time(value, 9, m.zone)
		return UInt64.new(u32(value, 4), u32(value, 0)), text
	end,
	outcome = function(_, value) return value:byte() end,
	auth = function(_, value) return value:byte() end,
	flag = function(m, value)
		local watches = m.kind == INDICATION and m.type == TYPE_WATCH
		local names = watches and { [0] = "went", "came" } or { [0] = "off", "on" }
		return value:byte(), names[value:byte()]
	end,
	address = function(_, value)
		local ip, port = read_address(value)
		return ip and ip_and_port(ip, port) or hex(value)
	end,
	fields = function(_, value)
		local number, name, address, count = "", "", "", ""
		local at = 0
		while #value - at >= FIELD_HEADER_BYTES do
			local tag, length = u16(value, at), u32(value, at + 2)
			if length > #value - at - FIELD_HEADER_BYTES then
				break
			end
			local part = value:sub(at + FIELD_HEADER_BYTES + 1, at + FIELD_HEADER_BYTES + length)
			if tag == TAGS.NUMBER and length == 4 then
				number = "client " .. u32(part, 0)
			elseif tag == TAGS.COUNT and length == 4 then
				count = ", members: " .. u32(part, 0)
			elseif tag == TAGS.NAME then
				name = part
			elseif tag == TAGS.ADDRESS then
				address = part
			end
			at = at + FIELD_HEADER_BYTES + length
		end
		if name ~= "" then
			name = (number ~= "" and " @" or "room ") .. words(name)
		end
		local ip, port = read_address(address)
		address = ip and " at " .. ip_and_port(ip, port) or ""
		return number .. name .. address .. count
	end,
}

local function show_address(m, tree, value, at)
	local ip, port = read_address(value)
	if not ip then
		return
	end
	tree:add(p.address_family, m.range(at, 1))
	tree:add(p.address_port, m.range(at + 1, 2))
	tree:add(p.address_ip, m.range(at + 3, #ip), ip_text(ip))
	if #ip == 4 then
		tree:add(p.ipv4, m.range(at + 3, 4)):set_hidden()
	else
		tree:add(p.ipv6, m.range(at + 3, 16)):set_hidden()
	end
end

local function say(item, words_behind)
	if words_behind and words_behind ~= "" then
		item:append_text(" (" .. words_behind .. ")")
	end
end

-- A long text stands whole in the field, and cut behind its name.
local function label(item, title, row, value)
	if #value > SAMPLE_BYTES and (row.shape == "text" or row.shape == "data" and is_plain(value)) then
		local text, dots = cut_text(value, SAMPLE_BYTES)
		item:set_text(title .. ": " .. text .. dots)
	end
end

local function add_head(m, item, row, at, title)
	say(item:add(row.tag, m.range(at, 2)), title)
	item:add(row.length, m.range(at + 2, 4))
end

-- A field that is all there.
local function unfold_field(m, tree, at, length, nested)
	local tag = u16(m.bytes, at)
	local row = rows[tag] or unknown_row
	local title = row.title
	local value = m.bytes:sub(at + FIELD_HEADER_BYTES + 1, at + FIELD_HEADER_BYTES + length)
	local skipped = not nested and m.found and not
		(m.shape.required[tag] or m.shape.optional[tag])
	if row.bytes and #value ~= row.bytes then
		row = misfit_row
	end
	local shown, meaning = SHOW[row.shape](m, value)
	local item = tree:add(row.whole, m.range(at, FIELD_HEADER_BYTES + length), shown)
	if row == misfit_row then
		item:prepend_text(title .. ", ")
	end
	label(item, title, row, value)
	say(item, skipped and "skipped: not listed for this message" or meaning)
	if skipped then
		item:add_proto_expert_info(x.skipped, title .. " is not listed for this message")
	end
	add_head(m, item, row, at, rows[tag] and title or "unknown")
	if length == 0 then
		return
	end
	local range = m.range(at + FIELD_HEADER_BYTES, length)
	local value_item
	if MAKERS[row.shape] then
		value_item = item:add(row.value, range)
	else
		value_item = item:add(row.value, range, shown)
		label(value_item, "Value", row, value)
	end
	say(value_item, meaning)
	if row.shape == "address" then
		show_address(m, value_item, value, at + FIELD_HEADER_BYTES)
	elseif row.shape == "time" then
		local seconds, nanoseconds = read_time(value, 9, 0)
		value_item:add(p.time, range, NSTime.new(seconds, nanoseconds)):set_generated()
	elseif row.shape == "fields" and not nested then
		unfold_fields(m, value_item, at + FIELD_HEADER_BYTES,
			at + FIELD_HEADER_BYTES + length, true)
	end
end

-- A field of which only a part was captured.
local function unfold_cut_field(m, tree, at)
	local here = #m.bytes - at
	if here < 2 then
		return
	end
	local tag = u16(m.bytes, at)
	local row = unknown_row
	if rows[tag] then -- its value is not there: a name that takes any
		row = MAKERS[rows[tag].shape] and rows[tag].shape ~= "hex" and
			rows[tag].shape ~= "data" and misfit_row or rows[tag]
	end
	local item = tree:add(row.whole, m.range(at, here), "")
	say(item, "not all of it is here")
	say(item:add(row.tag, m.range(at, 2)), rows[tag] and rows[tag].title or "unknown")
	if here >= FIELD_HEADER_BYTES then
		item:add(row.length, m.range(at + 2, 4))
	end
end

local function show_malformed(m, tree, at, stop)
	local item = tree:add(p.malformed, m.range(at, math.min(stop, #m.bytes) - at))
	if stop - at < FIELD_HEADER_BYTES then
		say(item, "too few bytes for a field")
	else
		say(item, string.format("a field that claims %d bytes where %d are left",
			u32(m.bytes, at + 2), stop - at - FIELD_HEADER_BYTES))
	end
end

function unfold_fields(m, tree, at, stop, nested)
	while at < stop and at < #m.bytes do
		local left, here = stop - at, #m.bytes - at
		if left >= FIELD_HEADER_BYTES and here < FIELD_HEADER_BYTES then
			unfold_cut_field(m, tree, at)
			return
		end
		local length = left >= FIELD_HEADER_BYTES and u32(m.bytes, at + 2) or 0
		if left < FIELD_HEADER_BYTES or length > left - FIELD_HEADER_BYTES then
			show_malformed(m, tree, at, stop)
			return
		elseif length > here - FIELD_HEADER_BYTES then
			unfold_cut_field(m, tree, at)
			return
		end
		m.unfolded = m.unfolded + 1
		if m.unfolded > FIELDS_MAX then
			if m.unfolded == FIELDS_MAX + 1 then
				tree:add_proto_expert_info(x.ceiling,
					"only " .. grouped(FIELDS_MAX) .. " fields of a message are unfolded")
			end
			return
		end
		unfold_field(m, tree, at, length, nested)
		at = at + FIELD_HEADER_BYTES + length
	end
end

local function show_header(m, tree)
	tree:add(p.magic, m.range(0, 2))
	tree:add(p.version, m.range(2, 1))
	tree:add(p.kind, m.range(3, 1))
	local type_item = tree:add(p.type, m.range(4, 2))
	local status_item = tree:add(p.status, m.range(6, 2))
	tree:add(p.id, m.range(8, 4))
	tree:add(p.length, m.range(12, 4))
	if not m.type_name then
		type_item:add_proto_expert_info(x.unknown_type, "There is no type " .. m.type)
	end
	if m.status ~= 0 and m.kind ~= REQUEST and m.kind ~= ACKNOWLEDGEMENT then
		local status = STATUSES[m.status]
		if status then
			status_item:add_proto_expert_info(x.status, m.name .. ": " .. status)
		else
			status_item:add_proto_expert_info(x.unknown_status, "There is no status " .. m.status)
		end
	end
end

local function show_facts(tree, m, fact)
	local names = { p.response_in, p.response_to, p.response_time }
	if m.kind == INDICATION or m.kind == ACKNOWLEDGEMENT then
		names = { p.acknowledgement_in, p.acknowledgement_to, p.acknowledgement_time }
	end
	show_answer(tree, fact, names)
	if fact.answers and #fact.answers == 0 then
		tree:add_proto_expert_info(x.unmatched, "What it answers was not seen")
	end
	if fact.asked and fact.asked.again then
		tree:add_proto_expert_info(x.id_open, "Id " .. m.id ..
			" is open already, since frame " .. fact.asked.again)
	elseif fact.asked and fact.asked.untracked then
		tree:add_proto_expert_info(x.ceiling, "More than " .. grouped(OPEN_MAX) ..
			" are open: its answer is not looked for")
	end
end

-- One more message in the Info column of the frame.
local function tell_in_info(pinfo, name, detail)
	local text = name .. (detail ~= "" and ": " .. detail or "")
	if told.frame ~= pinfo.number then
		told = { frame = pinfo.number, bytes = 0 }
	end
	if told.bytes == 0 then
		pinfo.cols.info:set(text)
	elseif told.bytes < INFO_MAX_BYTES then
		pinfo.cols.info:append("; " .. text)
	elseif told.is_full then
		return
	else
		pinfo.cols.info:append("; more")
		told.is_full = true
	end
	told.bytes = told.bytes + #text
	pinfo.cols.info:fence()
end

local function show_message(tvb, pinfo, root, at, from, to)
	local here = math.min(tvb:len() - at, HEADER_BYTES + u32(tvb:raw(at + 12, 4), 0))
	local m = read_message(tvb:raw(at, here))
	local key = key_of(pinfo, tvb, at)
	m.unfolded = 0
	m.range = function(offset, length)
		return tvb:range(at + offset, length)
	end
	if not pinfo.visited then
		track(from, to, m, pinfo, key)
	end
	local detail = tell(m)
	local tree = root:add(wiretale, tvb:range(at, here),
		"Wiretale, " .. m.name .. (detail ~= "" and ": " .. detail or ""))
	show_header(m, tree)
	unfold_fields(m, tree, HEADER_BYTES, HEADER_BYTES + m.length, false)
	if m.id == 0 and (m.kind == REQUEST or m.kind == RESPONSE) then
		m.problem = m.problem or "its id is 0"
	end
	if m.problem then
		tree:add_proto_expert_info(x.malformed, "Malformed: " .. m.problem)
	end
	if facts[key] then
		show_facts(tree, m, facts[key])
	end
	tell_in_info(pinfo, m.name, detail)
end

-- ---- version 1 in the stream ----

local function show_no_frame(tvb, pinfo, root, at, problem)
	local tree = root:add(wiretale, tvb:range(at), "Wiretale, no frame")
	tree:add(p.no_frame, tvb:range(at)):add_proto_expert_info(x.no_frame, problem)
	tell_in_info(pinfo, "no frame", problem)
end

local function show_rest(proto, field, tvb, pinfo, root, at, length)
	local tree = root:add(proto, tvb:range(at, length), "Wiretale, rest of a message")
	tree:add(field, tvb:range(at, length))
	tell_in_info(pinfo, "rest of a message", bytes_text(length))
end

-- Where captured bytes end within a message, the next segments go on with it: Wireshark puts
-- nothing together there. Returns how many bytes of this segment do; `is_beginning` says that a
-- message begins with it, whatever was expected.
local function bytes_before(lane, tvb, pinfo, is_beginning)
	local key = "rest" .. key_of(pinfo, tvb, 0)
	if not pinfo.visited and lane.missing then
		if not is_beginning then
			facts[key] = math.min(lane.missing, tvb:reported_len())
		end
		lane.missing = not is_beginning and lane.missing > tvb:reported_len() and
			lane.missing - tvb:reported_len() or nil
	end
	return facts[key] or 0
end

local function note_missing(lane, pinfo, count)
	if not pinfo.visited and count > 0 then
		lane.missing = count
	end
end

local function dissect_relay(tvb, pinfo, root)
	local _, lane, other = stream_of(pinfo)
	local stated, here = tvb:reported_len(), tvb:len()
	local waits = pinfo.can_desegment > 0 and stated == here
	local is_beginning = here >= 4 and judge_header(tvb:raw(0, math.min(HEADER_BYTES, here))) == nil
	local at = bytes_before(lane, tvb, pinfo, is_beginning)
	lane.is_cut = lane.is_cut or stated > here -- then nothing is wrong with what begins nowhere
	pinfo.cols.protocol:set("WIRETALE")
	if at > 0 then
		show_rest(wiretale, p.rest, tvb, pinfo, root, 0, math.min(at, here))
	end
	while at < here do
		local header = tvb:raw(at, math.min(HEADER_BYTES, here - at))
		local problem = judge_header(header)
		if problem and lane.is_cut then
			show_rest(wiretale, p.rest, tvb, pinfo, root, at, here - at)
			return here
		elseif problem then
			show_no_frame(tvb, pinfo, root, at, problem)
			return here
		elseif #header < HEADER_BYTES then
			if waits then
				pinfo.desegment_offset = at
				pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
				return here
			end
			show_rest(wiretale, p.rest, tvb, pinfo, root, at, here - at)
			return here
		end
		local total = HEADER_BYTES + u32(header, 12)
		if total > stated - at and waits then
			pinfo.desegment_offset = at
			pinfo.desegment_len = total - (stated - at)
			return here
		end
		show_message(tvb, pinfo, root, at, lane, other)
		at = at + total
	end
	note_missing(lane, pinfo, at - stated)
	return here
end

-- ---- the classic dialect ----

-- nil: the message is none that begins so. The number of the type where it is known.
local function classic_type(bytes)
	local low = bytes:byte()
	return bytes:sub(2, 8):find("[^\0]") == nil and low >= 1 and low <= 5 and low or nil
end

local function text_before_zero(data)
	return data:sub(1, (data:find("\0", 1, true) or #data + 1) - 1)
end

-- "ip,port,content": nil where it cannot be read so.
local function read_send(text)
	local ip, port, content = text:match("^([^,]*),([^,]*),(.*)$")
	local address = ip and #text < CLASSIC_DATA_BYTES and ip_from_text(ip)
	if not address or not port:match("^%d%d?%d?%d?%d?$") or tonumber(port) > 65535 then
		return nil
	end
	return { ip = ip, port = port, content = content, address = address }
end

local function role_of(m, stream, key, pinfo)
	local lane = stream.asked
	if not pinfo.visited and m.from_client then
		local queue = lane[m.type] or { first = 1, last = 0 }
		lane[m.type] = queue
		local asked = now(pinfo)
		facts[key] = { asked = asked }
		if queue.last - queue.first < OPEN_MAX then
			queue.last = queue.last + 1
			queue[queue.last] = asked
		end
	elseif not pinfo.visited then
		local queue = lane[m.type]
		facts[key] = {}
		if queue and queue.first <= queue.last then
			local asked = queue[queue.first]
			queue[queue.first] = nil
			queue.first = queue.first + 1
			asked.answered = now(pinfo)
			facts[key].answers = { asked }
		end
	end
	if m.from_client then
		return "request"
	end
	return m.type == CLASSIC_SEND and not (facts[key] and facts[key].answers) and "message" or
		"answer"
end

local function show_text(tree, field, tvb, at, text, shown)
	if #text == 0 and field ~= c.send_ip and field ~= c.send_port then
		return nil
	end
	return tree:add(field, tvb:range(at, #text), shown or words(text))
end

local function show_zeros(tree, field, tvb, at, data, text)
	local padding = data:sub(#text + 1)
	if #padding == 0 then
		return
	end
	local _, zeros = padding:gsub("\0", "")
	local others = #padding - zeros
	local item = tree:add(field, tvb:range(at + #text, #padding), zeros)
	if others == 0 then
		say(item, #padding == 1 and "the end of the text" or "the end of the text, and padding")
	else
		say(item, "the end of the text, and " .. others .. (others == 1 and
			" byte that is ignored" or " bytes that are ignored"))
	end
end

local function show_send(tree, tvb, at, send)
	show_text(tree, c.send_ip, tvb, at, send.ip)
	show_text(tree, c.send_port, tvb, at + #send.ip + 1, send.port)
	show_text(tree, c.send_content, tvb, at + #send.ip + #send.port + 2, send.content)
end

local function show_clients(tree, tvb, at, text)
	local place = 1
	while true do
		local entry, next_place = text:match("^([^;]*);()", place)
		local number, port, ip = (entry or ""):match("^(%d+),(%d+),(.+)$")
		if not number then
			return
		end
		local offset = at + place - 1
		local item = tree:add(c.client, tvb:range(offset, #entry + 1), string.format(
			ip:find(":", 1, true) and "client %s at [%s]:%s" or "client %s at %s:%s", number,
			words(ip), port))
		show_text(item, c.client_number, tvb, offset, number)
		show_text(item, c.client_port, tvb, offset + #number + 1, port)
		show_text(item, c.client_ip, tvb, offset + #number + #port + 2, ip)
		place = next_place
	end
end

local function show_classic_time(tree, item, text)
	if not text:match("^%d%d?%d?%d?%d?%d?%d?%d?%d?%d?$") then
		return
	end
	local seconds = tonumber(text)
	say(item, moment(seconds, "", 0))
	tree:add(c.time, NSTime.new(seconds, 0)):set_generated()
end

local function read_classic(tvb, at, from_client)
	local bytes = tvb:raw(at, CLASSIC_BYTES)
	local m = { type = classic_type(bytes), from_client = from_client, at = at }
	m.type_name = CLASSIC_TYPES[m.type]
	m.data = bytes:sub(CLASSIC_TYPE_BYTES + 1)
	m.text = text_before_zero(m.data)
	m.send = from_client and m.type == CLASSIC_SEND and read_send(m.text) or nil
	m.detail = sample(m.text)
	if m.send then
		local content = sample(m.send.content)
		m.detail = "to " .. ip_and_port(m.send.address, tonumber(m.send.port)) ..
			(content ~= "" and ": " .. content or "")
	end
	return m
end

local function show_classic_type(m, tree, tvb, name)
	local item = tree:add_le(c.type, tvb:range(m.at, CLASSIC_TYPE_BYTES))
	if not m.type_name then
		item:add_proto_expert_info(cx.unknown_type, "There is no such type: it is ignored")
	end
	if m.from_client and m.type == CLASSIC_SEND and not m.send then
		tree:add_proto_expert_info(cx.malformed, "Malformed: it should read ip,port,content")
	elseif name == "SEND answer" and m.text ~= "delivered" then
		tree:add_proto_expert_info(cx.refused, "Not delivered: " .. words(m.text))
	end
end

local function show_classic(tvb, pinfo, root, stream, at, from_client)
	local m = read_classic(tvb, at, from_client)
	local key = key_of(pinfo, tvb, at)
	local name = "unknown type"
	if m.type_name then
		name = m.type_name .. " " .. role_of(m, stream, key, pinfo)
	end
	local data_at = at + CLASSIC_TYPE_BYTES
	local tree = root:add(classic, tvb:range(at, CLASSIC_BYTES),
		"Wiretale classic, " .. name .. (m.detail ~= "" and ": " .. m.detail or ""))
	show_classic_type(m, tree, tvb, name)
	local data = tree:add(c.data, tvb:range(data_at, CLASSIC_DATA_BYTES), words(m.text))
	local text = show_text(data, c.text, tvb, data_at, m.text)
	if text and m.send then
		show_send(text, tvb, data_at, m.send)
	elseif text and m.type == CLASSIC_CLIENT and not from_client then
		show_clients(text, tvb, data_at, m.text)
	elseif text and m.type == CLASSIC_TIME and not from_client then
		show_classic_time(tree, text, m.text)
	end
	show_zeros(data, c.zeros, tvb, data_at, m.data, m.text)
	show_answer(tree, facts[key] or {}, { c.response_in, c.response_to, c.response_time })
	tell_in_info(pinfo, name, m.detail)
end

local function show_greeting(tvb, pinfo, root, length)
	local data = tvb:raw(0, length)
	local text = text_before_zero(data)
	local tree = root:add(classic, tvb:range(0, length), "Wiretale classic, hello: " ..
		sample(text))
	local item = tree:add(c.hello, tvb:range(0, length), words(text))
	show_text(item, c.hello_text, tvb, 0, text)
	show_zeros(item, c.hello_zeros, tvb, 0, data, text)
	tell_in_info(pinfo, "hello", sample(text))
end

classic.prefs.ports = Pref.range("TCP ports", "2313",
	"Where servers speak the classic dialect alone", 65535)
classic.prefs.greeting = Pref.uint("Bytes of the greeting", CLASSIC_DATA_BYTES,
	"How many bytes a server sends before its first message; 0: all of its first segment")

-- The greeting so far: text, and zeros alone behind it.
local function could_be_greeting(bytes)
	local text = text_before_zero(bytes)
	return #text > 0 and is_plain(text) and not bytes:sub(#text + 1):find("[^\0]")
end

local function could_be_classic(bytes)
	return #bytes > 0 and classic_type(bytes) ~= nil
end

-- How many bytes of greeting the segment begins with. None from whom a server has greeted.
local function greeting_bytes(tvb, stated, stream, lane)
	if stream.server and stream.server ~= lane.key then
		return 0
	end
	local wanted = classic.prefs.greeting
	wanted = wanted == 0 and stated or wanted
	local bytes = tvb:raw(0, math.min(wanted, CLASSIC_DATA_BYTES, tvb:len()))
	return not could_be_classic(bytes) and could_be_greeting(bytes) and wanted or 0
end

local function dissect_classic(tvb, pinfo, root)
	local stream, lane = stream_of(pinfo)
	local stated, here = tvb:reported_len(), tvb:len()
	local waits = pinfo.can_desegment > 0 and stated == here
	local at = bytes_before(lane, tvb, pinfo, false)
	local greeting = at == 0 and greeting_bytes(tvb, stated, stream, lane) or 0
	stream.asked = stream.asked or {}
	pinfo.cols.protocol:set("CLASSIC")
	if at > 0 then
		show_rest(classic, c.rest, tvb, pinfo, root, 0, math.min(at, here))
	elseif greeting > stated and waits then
		pinfo.desegment_offset = 0
		pinfo.desegment_len = greeting - stated
		return here
	elseif greeting > 0 then
		if not pinfo.visited then
			stream.server, stream.asked = lane.key, {}
		end
		show_greeting(tvb, pinfo, root, math.min(greeting, here))
		at = greeting
	end
	local from_client = stream.server ~= lane.key
	if not stream.server then
		from_client = pinfo.dst_port == pinfo.match_uint or pinfo.dst_port < pinfo.src_port
	end
	while at + CLASSIC_BYTES <= here do
		show_classic(tvb, pinfo, root, stream, at, from_client)
		at = at + CLASSIC_BYTES
	end
	if at < stated and waits then
		pinfo.desegment_offset = at
		pinfo.desegment_len = CLASSIC_BYTES - (stated - at)
	elseif at < stated then
		if at < here then
			show_rest(classic, c.rest, tvb, pinfo, root, at, here - at)
		end
		note_missing(lane, pinfo, CLASSIC_BYTES - (stated - at))
	else
		note_missing(lane, pinfo, at - stated)
	end
	return here
end

-- ---- which of them it is ----

local function could_be_relay(tvb)
	return judge_header(tvb:raw(0, math.min(HEADER_BYTES, tvb:len()))) == nil
end

-- On a port of the relay: the stream's first bytes say which dialect it is. 0: neither.
function wiretale.dissector(tvb, pinfo, root)
	if tvb:len() == 0 then
		return 0
	end
	local stream = stream_of(pinfo)
	local start = tvb:raw(0, math.min(CLASSIC_DATA_BYTES, tvb:len()))
	if not stream.protocol then
		if could_be_relay(tvb) or start:sub(1, 2) == "WT" then -- at least it meant to
			stream.protocol = wiretale
		elseif could_be_classic(start) or
			(pinfo.src_port == pinfo.match_uint and could_be_greeting(start)) then
			stream.protocol = classic
		end
	end
	if stream.protocol == classic then
		return dissect_classic(tvb, pinfo, root)
	end
	return stream.protocol and dissect_relay(tvb, pinfo, root) or 0
end

function classic.dissector(tvb, pinfo, root)
	if tvb:len() == 0 then
		return 0
	end
	stream_of(pinfo).protocol = classic
	return dissect_classic(tvb, pinfo, root)
end

-- On any port: a whole header that is good.
wiretale:register_heuristic("tcp", function(tvb, pinfo, root)
	if tvb:len() < HEADER_BYTES or not could_be_relay(tvb) then
		return false
	end
	stream_of(pinfo).protocol = wiretale
	pinfo.conversation = wiretale
	dissect_relay(tvb, pinfo, root)
	return true
end)

-- On any port: a greeting with zeros behind it to the last of its 256 bytes, or one message; and
-- nothing of the connection was seen before.
local function is_surely_classic(tvb)
	local start = tvb:raw(0, math.min(CLASSIC_DATA_BYTES, tvb:len()))
	if tvb:len() == CLASSIC_DATA_BYTES then
		return could_be_greeting(start) and start:sub(-1) == "\0"
	end
	return tvb:len() == CLASSIC_BYTES and could_be_classic(start)
end

classic:register_heuristic("tcp", function(tvb, pinfo, root)
	local stream = stream_of(pinfo)
	if not stream.first then
		stream.first = pinfo.number
	end
	if stream.first ~= pinfo.number or not is_surely_classic(tvb) then
		return false
	end
	stream.protocol = classic
	pinfo.conversation = classic
	dissect_classic(tvb, pinfo, root)
	return true
end)

wiretale.prefs.ports = Pref.range("TCP ports", "2312",
	"Where servers listen; on others they are found by how their frames begin", 65535)

local tcp_ports = DissectorTable.get("tcp.port")
local registered = {} -- by protocol: the ports

local function register_ports(proto)
	if registered[proto.name] then
		tcp_ports:remove(registered[proto.name], proto)
	end
	registered[proto.name] = proto.prefs.ports
	tcp_ports:add(proto.prefs.ports, proto)
end

function wiretale.prefs_changed()
	register_ports(wiretale)
end

function classic.prefs_changed()
	register_ports(classic)
end

register_ports(wiretale)
register_ports(classic)

-- Before each capture.
function wiretale.init()
	streams, facts, told = {}, {}, {}
end
