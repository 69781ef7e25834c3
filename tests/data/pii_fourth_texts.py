"""Names, phone masks and sentences of the fourth blind set; fields in capitals are personal data.

Sentences stand by language and by weight.
"""

FIRST = [
    "james", "olivia", "mark", "sarah", "priya", "daniel", "emma", "tom", "lukas", "hannah", "mia",
    "carlos", "nadia", "peter", "grace",
]
LAST = [
    "miller", "okafor", "schmidt", "patel", "jones", "weber", "garcia", "novak", "taylor", "nguyen",
    "brown", "fischer", "lopez",
]
PINYIN = ["zhangwei", "lina", "wangfang", "chenjie", "liuyang", "zhaolei", "sunqian", "huangmin", "zhoujun", "wuxia"]
HAN = ["张伟", "李娜", "王芳", "陈杰", "刘洋", "赵磊", "孙倩", "黄敏", "周俊", "吴霞", "徐静", "郭涛"]
HOSTS = [
    "gmail.com", "outlook.com", "yahoo.com", "acme-tools.com", "northwind.co.uk", "mueller-gmbh.de",
    "hotmail.com", "brightlabs.io",
]
CN_HOSTS = ["163.com", "qq.com", "126.com", "foxmail.com", "sina.cn", "huaxin-tech.com.cn", "aliyun.com"]

PHONES = {
    "en": [
        "(^1^) ^##-####", "^1^-^##-####", "^1^-^##-####", "^1^.^##.####", "+1 ^1^ ^##-####", "+1 (^1^) ^##-####",
        "1-^1^-^##-####", "+1^1^^######", "+1-^1^-^##-####", "^1^ ^## ####", "^1^^######",
        "020 7### ####", "077## ######", "079########", "0161 496 ####", "+44 20 7### ####", "+44 (0)20 7### ####",
        "+4478########", "+44 77## ######", "(020) 7### ####", "01865 ######", "01273 ### ###",
        "030 ^#######", "030/^#######", "0171 ^######", "0171/^######", "0151-^#######", "+49 30 ^#######",
        "+49 (0)89 ^#####-0", "+49 171 ^######", "0049 30 ^######", "(030) ^######", "+49172^######", "040 ^## ## ##",
        "+33 6 ## ## ## ##", "+86 138 #### ####", "+61 4## ### ###", "+65 9### ####",
    ],
    "zh": [
        *["13########^", "158########", "18########^", "176########", "198########"] * 2,
        "138 #### ####", "186-####-####", "159 #### ####", "+86 13# #### ####", "+8618#########", "+86-137########",
        "86 135########", "177-####-####", "010-6#######", "021-5#######", "0755-8#######", "0571-8#######",
        "(010)6#######", "（021）6#######", "010 8### ####", "+86 21 6### ####", "+86-10-8#######", "020-3#######",
        "028-8#######", "0512-6#######", "+852 9### ####", "+1 ^1^ ^##-####",
    ],
}
PLANTED = {
    "en": {
        26: [
            "Please call me back on {PHONE} after {time}.",
            "Cust. asked for a callback, tel {PHONE}, re order {order}.",
            "My number is {PHONE} if the driver needs directions.",
            "Mobile: {PHONE}\nOrder: {order}",
            "hey, new phone: {PHONE}, old one is dead",
            "Ship to: {name}, {street}\nPhone: {PHONE}\nQty: {qty}",
            "Left voicemail at {PHONE} on {date}, no answer yet.",
            "you can also text {PHONE} or ping me here",
            "Contact for delivery: {name} ({PHONE}). Tracking {tracking}.",
            "Reached {name} at {PHONE}; wants {percent} off.",
        ],
        24: [
            "Please send the invoice to {EMAIL} instead.",
            "From: {name} <{EMAIL}>\nSubject: Order {order}\n\nAny update?",
            "My login is {EMAIL} and I can't get in since {date}.",
            "cc {EMAIL} and {EMAIL} on this pls",
            "Email: {EMAIL}\nPlan: Pro\nSeats: {qty}",
            "Updated billing contact to {EMAIL} (was {EMAIL}).",
            "Could you add {EMAIL}, {EMAIL} to the workspace?",
            "Reply came from {EMAIL}; version is {version}.",
        ],
        14: [
            "Kind regards,\n{name}\nSales Manager\nT: {PHONE}\nE: {EMAIL}\n{url}",
            "Best,\n{name} | Acme Tools Ltd\n{street}\nTel. {PHONE} | Mob. {PHONE} | {EMAIL}",
            "Name: {name}\nE-mail: {EMAIL}\nPhone: {PHONE}\nItem: {model}\nTotal: {price}",
            "Lead {name}, {EMAIL}, {PHONE}, met at the fair on {date}, budget {price}.",
        ],
        5: [
            "Card {CARD}, exp {expiry}, please charge {price}.",
            "I was billed twice on my Visa {CARD} on {date}.",
            "Payment by card: {CARD}\nAmount: {price}",
            "can you use this card instead? {CARD}",
        ],
        4: [
            "Please refund {price} to {IBAN}.",
            "Bank details\nIBAN: {IBAN}\nRef: {order}",
            "New IBAN is {IBAN} from {date}.",
        ],
        7: [
            "SSN on file is {SSN}, date of hire {date}.",
            "Employee SSN: {SSN}",
            "Her NI number is {NINO}, start {date}.",
            "National Insurance no.: {NINO}",
        ],
        6: [
            "Login from {IP} at {time} was blocked.",
            "Server {IP} is down since {time}, running {version}.",
            "Client IP: {IP}\nStatus: 502",
            "I can ping {IP} but the port is closed.",
        ],
        2: [
            "export API_KEY={KEY}",
            "We rotated the token {KEY} yesterday, still {percent} errors.",
            "password: {PASSWORD}",
            "Staging login is demo, password: {PASSWORD}",
            "user=admin password={PASSWORD}",
            "API key: {KEY}",
        ],
    },
    "zh": {
        26: [
            "请{time}后回电{PHONE}，谢谢。",
            "我的手机号是{PHONE}，快递到了打我电话。",
            "收货人：{han}\n电话：{PHONE}\n数量：{qty}",
            "客户{han}，联系电话{PHONE}，想了解{model}的价格。",
            "换号了，新号码 {PHONE}，微信同号",
            "{han} {PHONE} 上海市浦东新区世纪大道{qty}号",
            "{date}致电{PHONE}，无人接听，订单{order}待跟进。",
            "有问题直接打{PHONE}找{han}就行",
            "传真：{PHONE}，单号{tracking}",
        ],
        17: [
            "发票请发到{EMAIL}，谢谢！",
            "我的邮箱是{EMAIL}，一直收不到验证邮件。",
            "账号：{EMAIL}\n套餐：专业版\n席位：{qty}",
            "麻烦抄送{EMAIL}和{EMAIL}。",
            "发件人：{han} <{EMAIL}>\n主题：关于订单{order}",
            "合同已发{EMAIL}，金额{price}，请查收",
        ],
        15: [
            "此致\n{han}\n销售经理\n电话：{PHONE}\n手机：{PHONE}\n邮箱：{EMAIL}\n{url}",
            "{han} | 华信科技 | {PHONE} | {EMAIL}",
            "姓名：{han}，手机：{PHONE}，邮箱：{EMAIL}，预算{price}",
            "联系人{han}，电话{PHONE}，邮箱{EMAIL}，{date}展会认识",
        ],
        5: [
            "卡号{CARD}，{date}被重复扣款{price}。",
            "信用卡号：{CARD}，有效期{expiry}",
            "请退到这张卡：{CARD}",
        ],
        2: [
            "境外汇款账号 IBAN：{IBAN}，金额{price}。",
            "供应商的IBAN是{IBAN}，请核对",
        ],
        7: [
            "身份证号：{CNID}",
            "我叫{han}，身份证{CNID}，申请实名认证。",
            "入职登记：{han}，{CNID}，{date}到岗",
        ],
        6: [
            "{time}检测到来自{IP}的异常登录。",
            "服务器IP：{IP}，版本{version}",
            "内网地址{IP}ping不通了，帮忙看下",
        ],
        3: [
            "测试环境账号demo，密码：{PASSWORD}",
            "密码: {PASSWORD}",
            "API密钥是{KEY}，别外传",
            "password={PASSWORD}",
            "接口报错401，用的key：{KEY}",
        ],
    },
}
HARMLESS = {
    "en": [
        "Order {order} was placed on {date} at {time}, total {price}.",
        "Tracking number {tracking} shows no update.",
        "Upgraded from {version} to {version}, CPU went down {percent}.",
        "The {model} costs {price}, that is {percent} less.",
        "ISBN {isbn}, {qty} copies, due {date}.",
        "See {url} for the steps.",
        "Commit {hash} broke the build at {time}.",
        "Invoice {order}: {qty} x {model} = {price}",
        "Meeting moved to {date}, {time}, room {qty}.",
        "Request id {uuid} returned {percent} errors.",
        "Revenue grew {percent} to {price} in Q3.",
        "PO {order}, VAT no. {vat}.",
        "Forgot my password, the reset link at {url} has expired.",
        "The password must be at least 12 characters long.",
        "Firmware {version} fixes it; build {number}.",
        "Size {qty} x {qty} cm, weight {qty} kg, SKU {sku}.",
        "Barcode {ean} does not scan.",
        "Checksum: {hash}",
        "Job started at {epoch} and took {qty} s.",
        "Case {number} was closed.",
    ],
    "zh": [
        "订单{order}于{date} {time}提交，合计{price}。",
        "快递单号{tracking}一直没有更新。",
        "从{version}升级到{version}后，CPU下降{percent}。",
        "{model}现价{price}，便宜了{percent}。",
        "ISBN {isbn}，共{qty}册，{date}前交付。",
        "操作步骤见 {url}",
        "提交{hash}导致构建失败。",
        "发票号码{fapiao}，金额{price}",
        "会议改到{date} {time}，{qty}楼会议室。",
        "请求ID：{uuid}，失败率{percent}",
        "三季度营收{price}，同比增长{percent}。",
        "统一社会信用代码：{uscc}",
        "忘记密码，重置链接 {url} 已过期。",
        "密码长度至少12位，需包含数字。",
        "固件{version}已修复，构建号{number}。",
        "规格{qty}*{qty}cm，重{qty}kg，货号{sku}",
        "条码{ean}扫不出来",
        "文件校验值：{hash}",
        "任务开始时间戳{epoch}，耗时{qty}秒",
        "工单{number}已关闭。",
    ],
}
