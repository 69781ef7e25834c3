"""Sentences for the third set of rows; a word in braces is a value that the generator puts in."""

PLANTED_EN = """
Hi, my email is {email} and I never got the confirmation.
Please contact me at {email} or {us_phone}.
Ticket opened by {email}: the app crashes on login since {version}.
Reply-To: <{email}>
From: Tom Keller <{email}> Sent: {moment}
{email} wrote: the export is broken again, see {link}
Could you update my e-mail from {email} to {email}? Thanks!
cc'd {email}; {email}; please loop them in.
Best,|Julia Novak|Senior Buyer|T: {world_phone}|M: {us_phone}|{email}
Kind regards|Ben|Tel. {local_phone} / Fax {local_phone}|www.nordwind.io
You can call me back on {local_phone} after 5pm.
my phone number is {local_phone}, ask for Sara
Call {us_phone} before noon, order {order}.
Customer called from {us_phone}, wants a refund of {price}.
cell: {us_phone}
Phone: {world_phone} | Email: {email}
WhatsApp {world_phone} works best for me.
{us_phone} is my number, text me when the driver is near
reach me on my mobile ({world_phone}) or at home ({world_phone})
SMS to {world_phone} failed with error 30007
Shipping label needs a phone: {us_phone}. Tracking {tracking} still shows nothing.
Name: A. Garcia, Mobile No: {local_phone}, Order: {order}
I was charged twice on card {card}, {price} each.
card number {card} exp 09/27
Paid with Visa {card} on {moment}, invoice {order}
PAN={card} declined (code 51)
My credit card is {card}, why is it refused?
Amount {price} | Card: {card} | Auth 0042
Please transfer the refund to IBAN {iban}, thanks.
IBAN: {iban} BIC: DEUTDEFF
our bank account is {iban} (Acme Ltd)
Wire to {iban}. Reference {order}.
SSN: {ssn}
The applicant's social security number is {ssn}; employer on file.
ssn {ssn_loose} did not verify on the portal
Taxpayer SSN# {ssn}, phone {us_phone}
My NI number is {nino} and I moved in March.
National Insurance No: {nino}
DNI {dni}, residente en Madrid
NIE/DNI: {dni} - tel {world_phone}
Spanish id {dni} attached as requested
CPF: {cpf}
Customer from Brazil, CPF {cpf_digits}, wants an invoice.
cpf {cpf} e-mail {email}
HKID: {hk_id}
Her Hong Kong ID card {hk_id} was scanned on {moment}.
{moment} INFO login ok user=4412 ip={ipv4} ua=Firefox
{ipv4} - - [12/Mar/2024:10:22:31 +0000] "GET /index.html HTTP/1.1" 200 5123
Failed password for root from {ipv4} port 51022 ssh2
blocked {ipv4}:8443 after 5 attempts
connect to [{ipv6}]:443 timed out
client {ipv6} requested /api/v2/items
The login came from {ipv4}, which is not me!
src={ipv6} dst={ipv4} proto=tcp
X-Forwarded-For: {ipv4}, {ipv4}
export OPENAI_API_KEY={vendor_key}
I pasted my key {vendor_key} and still get 401
Authorization: Bearer {vendor_key}
curl -H "Authorization: Bearer {opaque}" https://api.example.com/v1/me
api_key = "{opaque}"
{"client_id": "web", "client_secret": "{opaque}"}
DB_PASSWORD={password}
password: {password}
my password is {password}, please check the account
login {email} / password {password}
postgres://app:{password}@db.internal:5432/prod
user=admin&password={password}&remember=1
access_token={opaque}&expires_in=3600
AWS_ACCESS_KEY_ID={vendor_key}|AWS_SECRET_ACCESS_KEY={opaque}
here is the key we use:|{private_key}|please rotate it
pwd={password};Server=db1;Database=crm
const token = '{vendor_key}';
wifi pass: {password}
"""

PLANTED_ZH = """
你好，我的邮箱是{email}，一直没收到验证邮件。
请发到{email}，谢谢
邮箱：{email}　电话：{mobile}
联系人：王先生 {mobile}
我手机号{mobile}，麻烦尽快回电
手机:{mobile}，订单号{order}
请打{mobile}联系我
收件人李华，电话{mobile}，地址在公司前台
{mobile}，张女士，下午三点前送到
用户{mobile}反馈App闪退，版本{version}
加我微信同号{mobile}
致电{landline}无人接听
公司电话：{landline}，传真：{landline}
固话{landline}转801
客户来电（{landline}）要求退款{yuan}
座机 {landline} / 手机 {mobile}
联系电话：{mobile}|电子邮箱：{email}|备注：{order}
此致|陈静|市场部经理|T {landline}|M {mobile}|E {email}
回电号码是{mobile}或者{mobile}都行
海外客户电话{world_phone}，请用英文沟通
顺丰单号{tracking}，收件电话{mobile}
【物流】您的包裹{tracking}已签收，如有疑问请联系快递员{mobile}
寄件人:刘先生,{mobile},北京
银行卡号{card}扣款失败
卡号：{card}，开户行：招商银行
请退到我的工行卡{card}，户名王芳
我用信用卡{card}付了{yuan}，一直显示未支付
绑定银行卡时提示错误，卡号是{card}。
汇款到{iban}，收款人Acme GmbH
IBAN：{iban}，附言写{order}
身份证号：{cn_id}
身份证{cn_id}，姓名已登记
我的身份证号码是{cn_id}，为什么实名认证不通过？
姓名：赵强|证件号码：{cn_id}|手机：{mobile}
乘客{cn_id}已改签至{moment}
实名信息：{cn_id}/{mobile}
（身份证：{cn_id}）请核对
香港身份证{hk_id}能注册吗？
证件类型：香港身份证，号码：{hk_id}
美国客户SSN为{ssn}，请核验
巴西买家的CPF：{cpf}
登录IP：{ipv4}，非本人操作
账号在{moment}被{ipv4}异地登录
服务器{ipv4}连不上了，帮忙看下
{moment} ERROR 用户登录失败 ip={ipv4} 重试3次
IPv6地址{ipv6}无法访问
来源地址：{ipv6}，目标端口443
防火墙拦截了来自{ipv4}的请求，共{percent}
密码：{password}
账号{email}密码{password}登不上
我的密码是{password}，帮我看看账号
初始密码为{password}，请尽快修改
用户名：admin，密码：{password}
数据库密码={password}
wifi密码是{password}
API密钥：{vendor_key}
我的key是{vendor_key}，调用一直报401
密钥：{opaque}，请勿外传
access_token={opaque}，有效期两小时
请求头里带了Authorization: Bearer {opaque}还是403
配置文件里写着 api_key: "{opaque}"
token：{vendor_key}
mysql://root:{password}@db.internal:3306/shop 连不上
appSecret："{opaque}"
私钥内容如下：|{private_key}|请帮忙确认格式
报名表：姓名 周婷；电话 {mobile}；邮箱 {email}；身份证 {cn_id}
QQ邮箱{email}收不到发票，发票金额{yuan}
客服您好{mobile}这个号码换绑到{mobile}可以吗
"""

HARMLESS_EN = """
Where is my order {order}? It was due {moment}.
Tracking number {tracking} has not moved since {moment}.
Order {order_long} was placed on {moment} for {price}.
Upgraded from {version} to {version} and the button is gone.
Deployed {commit} to staging at {moment}.
Request id {uuid} returned 500 in 12.345 s
{mention} can you look at {link} please?
ISBN {book}, second edition, {price}
Does the {model} fit the {model}?
Conversion went from {percent} to {percent} this week.
Meet at {place}, parking is behind the building.
Voucher {not_a_card} shows as already used.
voucher {not_a_card} rejected
See {link} for details, fixed in {commit}.
{moment} WARN worker-7 retry=3 trace={uuid}
The invoice {order} shows {price} instead of {price}.
Use {code} in the config, see the docs.
I get an error with {code} on {version}
Just write `{code}` there.
Run it with {code} and seed 20240311
Forgot password? Click the link we sent and choose a new password.
The token count was 4096 and the password: field is required.
Room 201-305, floor 3, open 09:00-17:30, ext. 4021
The phone model is {model}, bought {moment}.
We had 1 200 000 visits and 35 400 sign-ups in 2023-2024.
Batch {order} expires {moment}, lot {model}
Docker image digest {commit} pulled in 3.2s
Zip 94107-1234, PO Box 5521, item {model}
Score 3-2, odds 1.85/2.10, ticket {order}
My API key does not work, where do I find a new one?
The secret to a good password is length.
Case {order} merged into {order} by {mention}
Serial {model}, warranty until {moment}
Part 4 of 12: pages 1024-1100, DOI 10.1145/{order_short}.3290605
Resolution 1920x1080 at 59.94 Hz, latency 12-15 ms
Transaction {order_long} for {price} is pending.
git@github.com:acme/app.git fails to clone at {commit}
Account balance: {price}; limit {price}; rate {percent}
Subnet mask question: what does a /24 mean on {model}?
Shipment {tracking} left the hub at {place}
"""

HARMLESS_ZH = """
订单号{order}什么时候发货？
我的订单{order_long}显示异常
快递单号{tracking}三天没更新了
物流编号：{tracking}，预计{moment}送达
这本书ISBN {book}还有货吗
一共{yuan}，打折后{yuan}
版本从{version}升级到{version}后打不开
{moment}下的单，现在还没发
型号{model}和{model}有什么区别
转化率{percent}，环比提升{percent}
坐标{place}，在地铁口旁边
交易流水号{order_long}，金额{yuan}
微信支付单号{order_long}请查一下
券码{not_a_card}用不了
兑换码：{not_a_card}，提示无效
提交{commit}之后构建失败
请求ID：{uuid}，返回500
{mention} 看下这个链接{link}
统一社会信用代码：{firm}
发票代码0440019{order_short}，号码{order_short}
忘记密码怎么办？密码错误三次被锁了
密码：至少8位，包含字母和数字
token数量超过4096怎么办
我的API密钥在哪里查看？
QQ群：{order_short}，欢迎加入
活动时间{moment}至{moment}
商品编号{order}，库存1200件
房间号1203-2，3号楼2单元
{link} 这个页面打不开
代码里写了{code}会报错吗
配置项 {code} 是什么意思
合同编号HT-2024-{order_short}，总价{yuan}
股票600519今天涨了{percent}
第{order_short}号工单由{mention}处理
条形码690123{order_short}扫不出来
服务器从{version}回滚，哈希{commit}
车次G1234，{moment}开，05车12F
设备序列号{model}，保修到{moment}
退款{yuan}已原路退回，流水{order}
日志：{moment} INFO trace={uuid} cost=12ms
"""


def lines(block: str) -> list[str]:
    return [line.replace("|", "\n") for line in block.strip().splitlines()]
